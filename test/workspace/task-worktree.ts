// One surveyed repository for all tests of a file, and a task with a worktree of its own for each test.

import { join } from 'node:path'
import type { Toolbox } from '../../agents/index.ts'
import { analysis } from '../../analysis/index.ts'
import type { JudgingWorkspace } from './judging.ts'
import { type Files, NODE_TEST, Playground, surveyed } from './repositories.ts'

export interface TaskAtHand {
  readonly of: { readonly milestone: string; readonly task: string; readonly survey: { head: string } }
  /** Of the worktree. */
  readonly path: string
  readonly toolbox: Toolbox
  /** What a tool answers; throws when it failed. */
  use(name: string, input: unknown): Promise<string>
  /** Why a tool failed; throws when it did not. */
  refused(name: string, input: unknown): Promise<string>
  shell(script: string): Promise<string>
}

export class Workbench {
  readonly playground = new Playground()
  readonly repository: string
  #workspace: JudgingWorkspace | undefined
  #head = ''
  #tasks = 0

  constructor(files: Files = {}) {
    this.repository = this.playground.repository({ ...NODE_TEST, ...files })
  }

  get workspace(): JudgingWorkspace {
    if (this.#workspace === undefined) throw new Error('the workbench is not open yet')
    return this.#workspace
  }

  get clone(): string {
    return join(this.playground.root, 'data/repository.git')
  }

  async open(): Promise<void> {
    this.#workspace = await this.playground.open(this.repository, { analysis })
    this.#head ||= (await surveyed(this.#workspace)).head
  }

  async task(): Promise<TaskAtHand> {
    this.#tasks += 1
    const of = { milestone: 'm', task: `t${this.#tasks}`, survey: { head: this.#head } }
    const { path } = await this.workspace.prepareWorktree({ ...of, commit: this.#head })
    return this.at({ of, path })
  }

  /** The same task again, by whoever opened the workspace last. */
  at({ of, path }: Pick<TaskAtHand, 'of' | 'path'>): TaskAtHand {
    const toolbox = this.workspace.toolbox(of)
    const answer = async (failed: boolean, name: string, input: unknown) => {
      const outcome = await toolbox.use({ name, input })
      if (outcome.failed === failed) return outcome.content
      throw new Error(`${name} ${outcome.failed ? 'failed' : 'did not fail'}: ${outcome.content}`)
    }
    const use = (name: string, input: unknown) => answer(false, name, input)
    const shell = (script: string) => use('run', { command: 'shell', script })
    return { of, path, toolbox, use, shell, refused: (name, input) => answer(true, name, input) }
  }

  dispose(): void {
    this.playground.dispose()
  }
}

/** The hash that a tool told. */
export function hashIn(said: string): string {
  const hash = /hash ([0-9a-f]{12})/.exec(said)?.[1]
  if (hash === undefined) throw new Error(`no hash in: ${said}`)
  return hash
}
