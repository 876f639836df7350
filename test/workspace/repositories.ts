// Real repositories for tests: made in temporary folders, worked on with the packages of this project.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Survey, Task } from '../../machines/index.ts'
import { bubblewrap, openWorkspace, type Workspace } from '../../workspace/index.ts'
import { findBwrap } from './find-bwrap.ts'
import { type JudgingOptions, type JudgingWorkspace, openJudging } from './judging.ts'

/** The packages of this project, as a user would name them. */
export const PACKAGES = join(import.meta.dirname, '../../node_modules')

export type Files = Readonly<Record<string, string>>

/** A vitest package of two modules, one of them tested in part. */
export const VITEST: Files = {
  'package.json': JSON.stringify({
    name: 'sample',
    type: 'module',
    scripts: { test: 'vitest run' },
    devDependencies: { vitest: '^5.1.1' },
  }),
  '.gitignore': 'node_modules\n',
  'README.md': '# Sample\n',
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      ...{ strict: true, module: 'nodenext', target: 'es2022', noEmit: true },
      ...{ allowImportingTsExtensions: true, skipLibCheck: true, types: [] },
    },
    include: ['src', 'test'],
  }),
  'src/sign.ts': `export function sign(n: number): string {
  if (n > 0) return 'plus'
  return n < 0 ? 'minus' : 'zero'
}
`,
  'src/color.ts': `export function color(name: string): number {
  switch (name) {
    case 'red':
      return 1
    case 'green':
      return 2
    default:
      return 0
  }
}
export const orBlack = (name?: string) => color(name ?? 'black')
`,
  'test/sign.test.ts': `import { expect, it } from 'vitest'
import { sign } from '../src/sign.ts'
it('knows plus', () => {
  expect(sign(1)).toBe('plus')
})
`,
}

const { 'tsconfig.json': tsconfig = '', ...untyped } = VITEST
export const TSCONFIG: Files = { 'tsconfig.json': tsconfig }

/** The same for Node's own runner, and without a type check. */
export const NODE_TEST: Files = {
  ...untyped,
  'package.json': JSON.stringify({ name: 'sample', type: 'module', scripts: { test: 'node --test' } }),
  'test/sign.test.ts': `import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sign } from '../src/sign.ts'
describe('sign', () => {
  it('knows plus', () => assert.equal(sign(1), 'plus'))
  it.skip('knows more', () => {})
})
`,
}

/** What tests have in hand; all of it goes with \`dispose\`. */
export class Playground {
  readonly root = mkdtempSync(join(tmpdir(), 'canopy-workspace-'))

  /** A repository with one commit. */
  repository(files: Files, { name = 'repository', commit = true } = {}): string {
    const path = join(this.root, name)
    mkdirSync(path, { recursive: true })
    git(path, 'init', '--quiet', '--initial-branch=main')
    git(path, 'config', 'user.name', 'Somebody')
    git(path, 'config', 'user.email', 'somebody@example.org')
    write(path, files)
    if (commit) commitAll(path, 'first')
    return path
  }

  open(repository: string, more: Partial<JudgingOptions> = {}): Promise<JudgingWorkspace> {
    const sandbox = bubblewrap({ path: findBwrap() })
    const packages =
      existsSync(join(repository, 'package.json')) && !existsSync(join(repository, 'node_modules'))
    const named = packages ? { packages: PACKAGES } : {}
    return openJudging({ repository, directory: join(this.root, 'data'), sandbox, ...named, ...more })
  }

  /** With what the repository itself has, and no packages of this project. */
  openAlone(repository: string): Promise<Workspace> {
    const sandbox = bubblewrap({ path: findBwrap() })
    return openWorkspace({ repository, directory: join(this.root, 'data'), sandbox })
  }

  commitAll(repository: string): void {
    commitAll(repository, 'first')
  }

  link(target: string, path: string): void {
    symlinkSync(target, path)
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

export function write(folder: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

export function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

export function commitAll(repository: string, message: string): void {
  git(repository, 'add', '--all')
  git(repository, 'commit', '--quiet', '--allow-empty', '--message', message)
}

export async function surveyed(workspace: Workspace): Promise<Survey> {
  const outcome = await workspace.survey()
  if (outcome.kind !== 'ready') throw new Error(`refused: ${outcome.message}`)
  return outcome.survey
}

export function taskFor(survey: Survey, module: string, id = 'task-1'): Task {
  const before = survey.measurement.modules.find((one) => one.path === module)?.branches
  const reached = before ?? { covered: 0, total: 0 }
  return { id, module, gap: reached.total - reached.covered, before: reached, round: 1, needs: [] }
}

export const GOOD_TEST = `import { expect, it } from 'vitest'
import { color } from '../src/color.ts'
it('knows red', () => {
  expect(color('red')).toBe(1)
})
it('knows no other', () => {
  expect(color('blue')).toBe(0)
})
`

/** A test of `src/color.ts` for Node's runner, with what the body says. */
export function nodeTestOf(body: string): string {
  return `import assert from 'node:assert/strict'
import { it } from 'node:test'
import { color, orBlack } from '../src/color.ts'
${body}
void [color, orBlack]
`
}
