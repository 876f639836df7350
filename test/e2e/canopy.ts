// Canopy as its users start it: a process of its own, on a repository and a data directory of its own.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { execa } from 'execa'

const project = resolve(import.meta.dirname, '../..')

/** No test reads the configuration of whoever runs it. */
export const NO_CONFIGURATION = { XDG_CONFIG_HOME: join(project, 'test', 'no-configuration') }

/** One for Node's own runner, with a package of its own: small enough to travel, and a run of it takes seconds. */
export async function plainRepository(modules: number): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'canopy-e2e-repository-'))
  const files: Record<string, string> = {
    'package.json': JSON.stringify({ name: 'plain', type: 'module', scripts: { test: 'node --test' } }),
    '.gitignore': 'node_modules\n',
    'node_modules/leaf/package.json': JSON.stringify({ name: 'leaf', type: 'module', main: 'index.js' }),
    'node_modules/leaf/index.js': "export const leaf = 'green'\n",
    'test/first.test.ts': `import assert from 'node:assert/strict'
import { it } from 'node:test'
import { shade1 } from '../src/shade1.ts'
it('knows leaves', () => assert.equal(shade1('leaf', 1), 'green'))
`,
  }
  for (let number = 1; number <= modules; number += 1) files[`src/shade${number}.ts`] = shade(number)
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  await git(root, 'init', '--quiet', '--initial-branch=main')
  await git(root, 'add', '--all')
  await git(root, 'commit', '--quiet', '--message=Some shades')
  return root
}

/** A few branches that are soon found, so that a task takes seconds. */
function shade(number: number): string {
  return `import { leaf } from 'leaf'

export function shade${number}(name: string, depth: number): string {
  switch (name) {
    case 'leaf':
      return leaf
    case 'sky${number}':
      return depth > 10 ? 'dark blue' : 'blue'
    default:
      return depth < 0 ? 'clear' : name.length > ${number} + 3 ? 'long' : 'short'
  }
}
`
}

export async function git(root: string, ...args: string[]): Promise<string> {
  const identity = ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@localhost']
  const { stdout } = await execa('git', [...identity, ...args], { cwd: root })
  return stdout
}

export interface Line {
  readonly type: string
  readonly [field: string]: unknown
}

export class Canopy {
  readonly child: ChildProcess
  readonly lines: Line[] = []
  readonly ended: Promise<number | null>
  #error = ''

  /**
   * @param through a program that starts it in some other place, such as a network of its own.
   * @param env besides this process's own.
   */
  constructor(
    args: readonly string[],
    through: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ) {
    const [program = '', ...before] = [...through, process.execPath]
    this.child = spawn(program, [...before, join(project, 'cli/main.ts'), ...args], {
      env: { ...process.env, ...NO_CONFIGURATION, ...env },
      // The channel tells it when the test is gone.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    let rest = ''
    this.child.stdout?.on('data', (chunk: Buffer) => {
      const parts = (rest + chunk.toString()).split('\n')
      rest = parts.pop() ?? ''
      for (const line of parts) this.lines.push(JSON.parse(line))
    })
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.#error += chunk.toString()
    })
    this.ended = new Promise((done) => this.child.on('close', (code) => done(code)))
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null
  }

  get last(): Line {
    const last = this.lines.at(-1)
    if (last) return last
    throw new Error(`nothing was printed; on the error stream: ${this.#error}`)
  }

  get error(): string {
    return this.#error
  }

  /** Processes below it, by the name of their program. */
  async below(program: string): Promise<number[]> {
    const all = await processes()
    const found: number[] = []
    const visit = (parent: number): void => {
      for (const each of all.filter(({ ppid }) => ppid === parent)) {
        if (each.program === program) found.push(each.pid)
        visit(each.pid)
      }
    }
    visit(this.child.pid ?? -1)
    return found
  }
}

async function processes(): Promise<{ pid: number; ppid: number; program: string }[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
      const [, program = '', ppid = ''] = /^\d+ \((.*)\) \S (\d+)/.exec(stat) ?? []
      return { pid: Number(pid), ppid: Number(ppid), program }
    }),
  )
  return found.filter(({ program }) => program !== '')
}

/** Command lines of living processes that name this place: what a run left behind. */
export async function commandLinesWith(place: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  // Killed in the first instant of its life, bubblewrap leaves its other half waiting for it: no code of anybody's runs
  // in that one, and it has no child.
  return lines.filter((line) => line.includes(place) && !/^[^\0]*bwrap\0/.test(line))
}
