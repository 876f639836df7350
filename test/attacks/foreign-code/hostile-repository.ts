// A repository of an attacker's, taken through the whole of a workspace, and the marks its programs leave.

import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { NODE_TEST, nodeTestOf, Playground, taskFor, write } from '../../workspace/repositories.ts'
import { type AttackResult, couldNotRun, refused, succeeded } from '../attack.ts'

export class HostileRepository {
  readonly playground = new Playground()
  readonly path: string
  readonly #mark = join(this.playground.root, 'mark')

  constructor(files: Readonly<Record<string, string>> = {}) {
    this.path = this.playground.repository({ ...NODE_TEST, ...files })
  }

  /** A program that leaves a mark with its name; its path. It hands on what it reads. */
  program(name: string, folder = join(this.playground.root, 'programs')): string {
    write(folder, {
      [name]: `#!/bin/sh\necho ${name} >> ${this.#mark}\n[ -t 0 ] || timeout 1 cat 2>/dev/null\n`,
    })
    const path = join(folder, name)
    chmodSync(path, 0o755)
    return path
  }

  /** The programs that ran. */
  marks(): string {
    return existsSync(this.#mark) ? readFileSync(this.#mark, 'utf8').trim().replaceAll('\n', ' ') : ''
  }

  /** Surveys it, changes it, publishes the branch; afterwards no program of it may have run. */
  async goThrough(): Promise<AttackResult> {
    const workspace = await this.playground.open(this.path)
    const outcome = await workspace.survey()
    if (outcome.kind === 'refused') return this.#judged(`refused: ${outcome.message}`)
    const { survey } = outcome
    const of = { milestone: 'm', task: 't' }
    await workspace.openMilestone({ ...of, survey })
    await workspace.prepareWorktree({ ...of, survey, commit: survey.head })
    const source = nodeTestOf(`it('a', () => void color('red'))`)
    const files = [{ path: 'test/color.canopy.test.ts', source }]
    const submission = await workspace.submit({ ...of, files, cases: 1, message: 'test(color): more' })
    const task = taskFor(survey, 'src/color.ts', 't')
    await workspace.integrate({ survey, milestone: 'm', task, submission, key: 'k' })
    const { kind } = await workspace.publish(of)
    await workspace.cleanUp()
    if (kind !== 'published' && this.marks() === '') return couldNotRun(`the branch was ${kind}`)
    return this.#judged('surveyed, merged and published without a program of the repository')
  }

  /** Whether the survey takes it on. */
  async survey(): Promise<AttackResult> {
    const outcome = await (await this.playground.open(this.path)).survey({ allowDirty: true })
    if (outcome.kind === 'ready') return succeeded('the repository was read and surveyed')
    return outcome.code === 'foreign_repository' ? refused(outcome.message) : couldNotRun(outcome.message)
  }

  dispose(): void {
    this.playground.dispose()
  }

  #judged(how: string): AttackResult {
    return this.marks() === '' ? refused(how) : succeeded(`these ran on the host: ${this.marks()}`)
  }
}

/** Makes a repository, attacks with it, removes it. */
export async function withHostile(
  attack: (repository: HostileRepository) => AttackResult | Promise<AttackResult>,
  files?: Readonly<Record<string, string>>,
): Promise<AttackResult> {
  const repository = new HostileRepository(files)
  try {
    return await attack(repository)
  } finally {
    repository.dispose()
  }
}
