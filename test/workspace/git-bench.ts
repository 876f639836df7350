// A workspace whose git is real and whose survey is written by hand: no package manager and no test runner is started.

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Survey } from '../../machines/index.ts'
import { fetchHead } from '../../workspace/clone.ts'
import {
  type Command,
  type CommandEnding,
  openWorkspace,
  type Workspace,
  type WorkspaceOptions,
} from '../../workspace/index.ts'
import { keepSurvey } from '../../workspace/survey-record.ts'
import { commitAll, git, Playground } from './repositories.ts'

export type Entry = string | Uint8Array | { readonly bytes: string | Uint8Array; readonly mode: number }

/** Answers commands in place of a sandbox; absent: each exits with 0 and prints nothing. */
export type Answer = (command: Command) => Partial<CommandEnding> | Promise<Partial<CommandEnding>>

export const surveyOf = (repository: string, head: string, more: Partial<Survey> = {}): Survey => ({
  ...{
    repository,
    head,
    packageManager: 'npm',
    runner: 'node',
    modules: [],
    testPattern: 'test/{name}.test.js',
  },
  dependencies: join(repository, 'node_modules'),
  measurement: {
    tree: head,
    branches: { covered: 0, total: 0 },
    statements: { covered: 0, total: 0 },
    modules: [],
    tests: { passed: 1, failed: 0, skipped: 0 },
  },
  ...more,
})

export const exited = (code: number, output: { stdout?: string; stderr?: string } = {}): CommandEnding => ({
  ...{ kind: 'exited', code, stdout: '', stderr: '' },
  ...output,
})

export class GitBench {
  readonly playground = new Playground()
  readonly repository: string
  /** The commands that reached the sandbox, in order. */
  readonly commands: Command[] = []
  readonly logged: string[] = []
  answer: Answer = () => ({})
  #workspace: Workspace | undefined
  #tasks = 0
  head = ''

  constructor(files: Readonly<Record<string, Entry>> = { 'a.txt': 'a\n' }, name = 'repository') {
    this.repository = this.playground.repository({}, { name, commit: false })
    this.write(files)
    commitAll(this.repository, 'first')
  }

  get workspace(): Workspace {
    if (this.#workspace === undefined) throw new Error('the bench is not open yet')
    return this.#workspace
  }

  get clone(): string {
    return join(this.playground.root, 'data/repository.git')
  }

  async open(more: Partial<WorkspaceOptions> = {}): Promise<void> {
    this.#workspace = await openWorkspace({
      repository: this.repository,
      directory: join(this.playground.root, 'data'),
      sandbox: {
        kind: 'bubblewrap',
        run: async (command) => {
          this.commands.push(command)
          return { ...exited(0), ...(await this.answer(command)) } as CommandEnding
        },
      },
      log: (message) => void this.logged.push(message),
      ...more,
    })
    await this.fetch()
  }

  /** Fetches the user's HEAD, and keeps a survey of it. */
  async fetch(more: Partial<Survey> = {}): Promise<Survey> {
    const { parts } = this.workspace
    this.head = await fetchHead(parts)
    const survey = surveyOf(parts.repository, this.head, more)
    await keepSurvey(parts.places, survey)
    return survey
  }

  /** A new worktree of HEAD, for a task of milestone `m`. */
  async task(commit = this.head) {
    this.#tasks += 1
    const of = { milestone: 'm', task: `t${this.#tasks}`, survey: { head: this.head } }
    const { path } = await this.workspace.prepareWorktree({ ...of, commit })
    return { of, path }
  }

  /** Writes into the user's checkout. */
  write(files: Readonly<Record<string, Entry>>): void {
    writeEntries(this.repository, files)
  }

  commit(message = 'more'): string {
    commitAll(this.repository, message)
    return git(this.repository, 'rev-parse', 'HEAD').trim()
  }

  /** The bytes that a commit stores at a path. */
  stored(commit: string, path: string, repository = this.clone): Buffer {
    return execFileSync('git', ['-C', repository, 'cat-file', 'blob', `${commit}:${path}`], {
      maxBuffer: 64 * 1024 * 1024,
    })
  }

  /** The entries of a commit by path: mode and name of the object. */
  tree(commit: string, repository = this.clone): Map<string, string> {
    const listed = execFileSync('git', ['-C', repository, 'ls-tree', '-r', '-z', commit]).toString('latin1')
    const entries = listed.split('\0').filter(Boolean)
    return new Map(
      entries.map((entry) => {
        const [mode = '', , object = ''] = entry.slice(0, entry.indexOf('\t')).split(' ')
        return [Buffer.from(entry.slice(entry.indexOf('\t') + 1), 'latin1').toString(), `${mode} ${object}`]
      }),
    )
  }

  dispose(): void {
    this.playground.dispose()
  }
}

/** Files with their bytes and modes; a mode of 0o120000 makes a link. */
export function writeEntries(folder: string, files: Readonly<Record<string, Entry>>): void {
  for (const [path, entry] of Object.entries(files)) {
    const place = join(folder, path)
    mkdirSync(dirname(place), { recursive: true })
    const isPlain = typeof entry === 'string' || entry instanceof Uint8Array
    const { bytes, mode } = isPlain ? { bytes: entry, mode: 0o644 } : entry
    if (mode === 0o120000) symlinkSync(bytes.toString(), place)
    else {
      writeFileSync(place, bytes)
      chmodSync(place, mode)
    }
  }
}
