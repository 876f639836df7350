// What every runner promises, on recorded reports: one test passed, one failed, one skipped; a report that is missing,
// damaged or contradictory is no result, and the reason is a sentence.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { placesIn } from '../../../workspace/places.ts'
import { loadStyleOf } from '../../../workspace/runners/load-style.ts'
import { runnerNamed } from '../../../workspace/runners/runner-named.ts'
import type { Command, Sandbox } from '../../../workspace/sandbox/sandbox.ts'
import { runSuite } from '../../../workspace/suite.ts'
import { write } from '../repositories.ts'

type Name = Exclude<Parameters<typeof runnerNamed>[0], 'command'>

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'canopy-runner-contract-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const worktree = () => join(root, 'worktree')
const FILE = 'test/sign.test.js'
const MESSAGE = 'expected 2'

/** How a runner tells its results: by a file that its command names, or on stdout. */
interface Recording {
  readonly file?: (command: Command) => string | undefined
  readonly text: () => string
  /** Another text of the same form that gives other counts than it names. */
  readonly contradiction?: () => string
}

const argument = (name: string) => (command: Command) =>
  command.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3)

const json = (failed: number) => () =>
  JSON.stringify({
    ...{ success: failed === 0, numPassedTests: 1, numFailedTests: failed, numTotalTests: 2 + failed },
    testResults: [
      {
        ...{ name: join(worktree(), FILE), status: failed === 0 ? 'passed' : 'failed' },
        assertionResults: [
          { status: 'passed', fullName: 'sign adds' },
          { status: 'failed', fullName: 'sign fails', failureMessages: [MESSAGE] },
          { status: 'skipped', fullName: 'sign waits' },
        ],
      },
    ],
  })
const JSON_REPORT: Recording = { file: argument('outputFile'), text: json(1), contradiction: json(2) }

const line = (name: string, more: object) => JSON.stringify({ name, file: join(worktree(), FILE), ...more })
const lines = () =>
  [
    line('sign adds', { passed: true }),
    line('sign fails', { passed: false, message: MESSAGE }),
    line('sign waits', { passed: true, skip: true }),
  ].join('\n')
const RECORDED: Recording = { file: ({ env }) => env?.CANOPY_REPORT, text: lines }

const tap = (prefix: string) => () =>
  `TAP version 13\nok 1 - ${prefix}sign adds\nnot ok 2 - ${prefix}sign fails\n  ---\n  message: ${MESSAGE}\n  ...\nok 3 - ${prefix}sign waits # SKIP\n1..3\n`
const TAP_16 = () =>
  `TAP version 14\n# Subtest: ${FILE}\n    # Subtest: sign adds\n        ok 1 - equal\n        1..1\n    ok 1 - sign adds\n    # Subtest: sign fails\n        not ok 1 - equal\n          ---\n          message: ${MESSAGE}\n          ...\n        1..1\n    not ok 2 - sign fails\n    ok 3 - sign waits # SKIP\n    1..3\nnot ok 1 - ${FILE}\n1..1\n`

const RUNNERS: Readonly<Record<Name, Recording>> = {
  ...{ vitest: JSON_REPORT, jest: JSON_REPORT },
  node: { file: argument('test-reporter-destination'), text: lines },
  ...{ mocha: RECORDED, jasmine: RECORDED, qunit: RECORDED, tape: RECORDED, uvu: RECORDED },
  ava: { text: tap('') },
  tap: { text: TAP_16 },
  script: { text: tap('') },
}
const all = Object.entries(RUNNERS) as [Name, Recording][]
const withReport = all.filter(([name]) => name !== 'script')
const withFile = all.filter(([, { file }]) => file !== undefined)

interface Ended {
  readonly code: number
  readonly stdout: string
}

/** Runs the suite in a stand-in for the sandbox, in which `act` takes the place of the tests. */
function suite(runner: Name, act: (command: Command) => Ended) {
  const sandbox: Sandbox = {
    kind: 'unsandboxed',
    run: async (command) => ({ kind: 'exited', stderr: '', ...act(command) }),
  }
  const script = runner === 'node' ? 'node --test' : runner === 'script' ? 'lab' : runner
  write(worktree(), {
    'package.json': JSON.stringify({ scripts: { test: script } }),
    [FILE]: '',
    [`node_modules/${runner}/package.json`]: JSON.stringify({ version: '30.0.0', bin: 'cli.js' }),
  })
  const order = { root: worktree(), dependencies: join(worktree(), 'node_modules'), timeoutMs: 9_000 }
  return runSuite(sandbox, placesIn(join(root, 'data')), { ...order, runner, files: [FILE] })
}

const telling =
  ({ file, text }: Recording, code = 1) =>
  (command: Command): Ended => {
    const path = file?.(command)
    if (path !== undefined) writeFileSync(path, text())
    return { code, stdout: path === undefined ? text() : 'some words' }
  }

describe.each(all)('%s', (runner, recording) => {
  it('tells the result of each test, and the message of one that failed', async () => {
    const outcome = await suite(runner, telling(recording))
    if (outcome.kind !== 'ran') throw new Error(outcome.reason)
    const { tests, failures, ...counts } = outcome.report
    expect(counts).toMatchObject({ success: false, passed: 1, failed: 1, skipped: 1 })
    const file = runner === 'script' ? '' : FILE
    expect(tests).toEqual([
      { file, name: 'sign adds', status: 'passed' },
      { file, name: 'sign fails', status: 'failed' },
      { file, name: 'sign waits', status: 'skipped' },
    ])
    expect(failures).toMatchObject([{ file, name: 'sign fails' }])
    expect(failures[0]?.message).toContain(MESSAGE)
  })

  it('has a probe, and a frame that names what its tests need', () => {
    for (const [ending, type] of [
      ['cjs', 'commonjs'],
      ['js', 'module'],
    ]) {
      const load = loadStyleOf(`a.test.${ending}`, { type })
      const { probe, frame } = runnerNamed(runner)
      expect(probe(load, 'a.test.js')).not.toBe('')
      const head = frame?.(load).head ?? ''
      if (load === 'require' && !/^(vitest|node)$/.test(runner)) expect(head).not.toMatch(/^import /m)
      if (load === 'import') expect(head).not.toContain('require(')
    }
  })
})

describe.each(withReport)('%s', (runner) => {
  it('without a report is broken, with the end of its output', async () => {
    const outcome = await suite(runner, () => ({ code: 1, stdout: 'Error: no such module' }))
    expect(outcome).toMatchObject({ kind: 'broken', cause: 'no_report' })
    expect(outcome.kind === 'broken' && outcome.reason).toMatch(/^no report: .*no such module/s)
  })
})

describe.each(withFile)('%s', (runner, recording) => {
  it.each([
    ['cut off', (text: string) => text.slice(0, -7), /^the report of the tests cannot be read: /],
    ['of another form', () => '{"a":1}', /^the report of the tests cannot be read: it has another form$/],
  ])('with a report that is %s is broken', async (_which, damage, reason) => {
    const outcome = await suite(runner, telling({ ...recording, text: () => damage(recording.text()) }))
    expect(outcome).toMatchObject({
      kind: 'broken',
      cause: 'no_report',
      reason: expect.stringMatching(reason),
    })
  })

  it('with a link in place of its report is broken, and the target is not read', async () => {
    const secret = join(root, 'secret')
    writeFileSync(secret, recording.text())
    const outcome = await suite(runner, (command) => {
      symlinkSync(secret, recording.file?.(command) ?? '')
      return { code: 0, stdout: '' }
    })
    expect(outcome).toMatchObject({ kind: 'broken', cause: 'no_report' })
  })

  it('with a report of success that names a failure is broken', async () => {
    const isJson = recording === JSON_REPORT
    const text = () =>
      isJson ? recording.text().replace('"success":false', '"success":true') : recording.text()
    expect(await suite(runner, telling({ ...recording, text }, 0))).toMatchObject({
      ...{ kind: 'broken', cause: 'no_report' },
      reason: 'left a report of success that names failures',
    })
  })
})

it.each(['vitest', 'jest'] as const)('%s with counts that its tests contradict is broken', async (runner) => {
  const text = JSON_REPORT.contradiction ?? (() => '')
  expect(await suite(runner, telling({ ...JSON_REPORT, text }))).toMatchObject({
    reason: 'left a report of 1 tests that passed and 2 that failed, and names others',
  })
})

it('a folder in place of a report is a broken run', async () => {
  const outcome = await suite('mocha', ({ env }) => {
    mkdirSync(env?.CANOPY_REPORT ?? '')
    return { code: 0, stdout: '' }
  })
  expect(outcome).toMatchObject({ kind: 'broken', cause: 'no_report' })
})
