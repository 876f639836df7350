// A suite of several runs: what is run where, and their results as one. The sandbox is a stand-in that writes reports.

import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { placesIn } from '../../../workspace/places.ts'
import type { Command, CommandEnding, Sandbox } from '../../../workspace/sandbox/sandbox.ts'
import { runSuite, type SuiteOrder } from '../../../workspace/suite.ts'
import { write } from '../repositories.ts'

let root: string
let begun: Command[]
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'canopy-joined-suite-'))
  begun = []
})
afterEach(() => rmSync(root, { recursive: true }))

const worktree = () => join(root, 'worktree')
const places = () => placesIn(join(root, 'data'))

interface Answer {
  readonly code?: number
  readonly stdout?: string
  /** The results that a reporter of Canopy writes. */
  readonly lines?: readonly object[]
  /** Happens during the run. */
  readonly meanwhile?: () => void
  readonly ending?: CommandEnding
}

/** Answers the runs in their order. */
function sandboxOf(answers: readonly Answer[]): Sandbox {
  return {
    kind: 'unsandboxed',
    async run(command) {
      const answer = answers[begun.length] ?? {}
      begun.push(command)
      const report = command.env?.CANOPY_REPORT ?? reporterFile(command)
      if (report !== undefined && answer.lines !== undefined)
        writeFileSync(report, answer.lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
      answer.meanwhile?.()
      const { code = 0, stdout = '' } = answer
      return answer.ending ?? { kind: 'exited', code, stdout, stderr: '' }
    },
  }
}

const reporterFile = ({ argv }: Command) =>
  argv.find((word) => word.startsWith('--test-reporter-destination='))?.split('=')[1]

const suite = (answers: readonly Answer[], more: Partial<SuiteOrder> = {}) =>
  runSuite(sandboxOf(answers), places(), {
    ...{ root: worktree(), dependencies: join(root, 'dependencies/node_modules'), runner: 'mocha' },
    timeoutMs: 60_000,
    ...more,
  })

const bin = (name: string) => JSON.stringify({ name, version: '9.0.0', bin: 'cli.js' })
const manifest = (scripts: Readonly<Record<string, string>>, more: object = {}) =>
  JSON.stringify({ scripts, ...more })
const passed = (name: string, file = 'x.test.js') => ({ passed: true, name, file })

describe('two runners in one script', () => {
  beforeEach(() =>
    write(worktree(), {
      'package.json': manifest({ pretest: 'make', test: 'A=1 mocha unit && A=2 node --test e2e' }),
      'node_modules/mocha/package.json': bin('mocha'),
    }),
  )

  it('both run, each with its variables, behind one setup', async () => {
    const outcome = await suite([{ lines: [passed('one')] }, { lines: [passed('two', 'e2e/y.js')] }])
    expect(outcome).toMatchObject({
      kind: 'ran',
      report: { success: true, passed: 2, failed: 0, tests: [{ name: 'one' }, { name: 'two' }] },
    })
    expect(begun.map(({ env }) => env?.A)).toEqual(['1', '2'])
    expect(begun.map(({ argv }) => argv.join(' ').includes('make'))).toEqual([true, false])
    expect(begun.map(({ cwd }) => cwd)).toEqual([worktree(), worktree()])
  })

  it('fail where one does, with its words', async () => {
    const bad = { passed: false, name: 'two', file: 'e2e/y.js', message: 'no' }
    const outcome = await suite([{ lines: [passed('one')] }, { code: 1, lines: [bad], stdout: 'it broke' }])
    expect(outcome).toMatchObject({
      report: { success: false, passed: 1, failed: 1, said: 'it broke', failures: [{ name: 'two' }] },
    })
  })

  it('break where one leaves no report, and the others are not begun', async () => {
    expect(await suite([{ stdout: 'no such file' }])).toMatchObject({
      ...{ kind: 'broken', cause: 'no_report' },
      reason: 'no report: no such file',
    })
    expect(begun).toHaveLength(1)
  })

  it('run only the files that they are asked for', async () => {
    await suite([{ lines: [] }], { files: ['e2e/y.js'] })
    expect(begun.map(({ argv }) => argv.includes('--test'))).toEqual([true])
    expect(begun[0]?.argv).toContain('e2e/y.js')
  })
})

it('the same tests, once more with coverage, run once', async () => {
  write(worktree(), {
    'package.json': manifest({ test: 'mocha && c8 mocha && mocha --retries 2' }),
    'node_modules/mocha/package.json': bin('mocha'),
  })
  expect(await suite([{ lines: [passed('a')] }, { lines: [passed('a')] }])).toMatchObject({
    report: { passed: 2 },
  })
  expect(begun).toHaveLength(2)
})

describe('the packages of a repository', () => {
  beforeEach(() =>
    write(worktree(), {
      'package.json': manifest(
        { test: 'npm run gen && npm test -ws', gen: 'make gen' },
        { workspaces: ['packages/*'] },
      ),
      'node_modules/mocha/package.json': bin('mocha'),
      'packages/a/package.json': manifest({ test: 'mocha' }, { name: 'a' }),
      'packages/b/package.json': manifest(
        { pretest: 'make b', test: 'tape t/*.js' },
        { name: 'b', version: '2.0.0' },
      ),
      'packages/b/node_modules/tape/package.json': bin('tape'),
      'packages/c/package.json': manifest({ test: 'lab' }, { name: 'c' }),
    }),
  )

  it('are run each with its runner in its folder, and their results are those of the repository', async () => {
    const lines = [passed('one', 'test/x.js')]
    const file = join(worktree(), 'packages/b/t/y.js')
    const bad = { passed: false, name: 'two', file, message: 'no' }
    const outcome = await suite([{ lines }, { code: 1, lines: [bad] }, { stdout: '3 passing' }])
    expect(outcome).toMatchObject({
      kind: 'ran',
      report: {
        ...{ success: false, passed: 4, failed: 1 },
        tests: [{ file: 'packages/a/test/x.js' }, { file: 'packages/b/t/y.js' }],
        failures: [{ file: 'packages/b/t/y.js', message: 'no' }],
      },
    })
    expect(begun.map(({ cwd }) => relative(worktree(), cwd))).toEqual([
      'packages/a',
      'packages/b',
      'packages/c',
    ])
    expect(begun.map(({ env }) => env?.npm_package_name)).toEqual(['a', 'b', 'c'])
    expect(begun[1]?.env?.npm_package_version).toBe('2.0.0')
    expect(begun[1]?.env?.PATH?.split(':').slice(0, 2)).toEqual([
      join(worktree(), 'packages/b/node_modules/.bin'),
      join(worktree(), 'node_modules/.bin'),
    ])
    const [first = '', second = '', third = ''] = begun.map(({ argv }) => argv.join(' '))
    expect(first).toMatch(/\( cd \S+worktree'? && \{ make gen\n\} \)/)
    expect(first).toContain(join(worktree(), 'node_modules/mocha/cli.js'))
    expect(second).toContain('{ make b\n}')
    expect(second).not.toContain('make gen')
    expect(second).toContain(join(worktree(), 'packages/b/node_modules/tape/cli.js'))
    expect(third).toBe('/bin/sh -c lab')
  })

  it('run the files that they are asked for, with paths of their own', async () => {
    const files = ['packages/a/test/x.js', 'outside.js']
    await suite([{ lines: [passed('one', 'test/x.js')] }], { files, seed: 3 })
    expect(begun.map(({ env }) => env?.CANOPY_FILES)).toEqual([JSON.stringify(['test/x.js'])])
  })

  it('none of which takes a file run nothing', async () => {
    expect(await suite([], { files: ['outside.js'] })).toMatchObject({ report: { success: true, passed: 0 } })
    expect(begun).toEqual([])
  })

  it('measure the modules below their own folder', async () => {
    const answer = { lines: [passed('one')] }
    const modules = ['packages/a/src/x.js', 'other.js']
    write(worktree(), { 'packages/a/src/x.js': 'export const x = 1\n' })
    const outcome = await suite([answer, answer], { modules })
    expect(begun.map(({ env }) => env?.NODE_V8_COVERAGE !== undefined)).toEqual([true, false, false])
    if (outcome.kind !== 'ran') throw new Error(outcome.reason)
    expect(Object.keys(outcome.report.coverage ?? {})).toEqual([join(worktree(), 'packages/a/src/x.js')])
  })

  it('break with the name of the folder', async () => {
    const ending = { kind: 'timed_out', stdout: '', stderr: 'late' } as const
    expect(await suite([{ lines: [passed('one')] }, { ending }])).toMatchObject({
      ...{ kind: 'broken', cause: 'ended' },
      reason: 'packages/b: did not end in time. late',
    })
  })

  it('are not read through a link that a test put in place of its folder', async () => {
    const folder = join(worktree(), 'packages/a')
    const meanwhile = () => {
      renameSync(folder, join(root, 'moved'))
      symlinkSync(join(root, 'moved'), folder)
    }
    expect(await suite([{ lines: [passed('one')], meanwhile }])).toMatchObject({
      ...{ kind: 'broken', cause: 'no_report' },
      reason: 'packages/a: packages/a is no folder after the run',
    })
  })
})
