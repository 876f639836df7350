// Builtin writer
//
// The whole program, on modules of the kinds it must cope with: what it writes passes, type-checks and takes the branches.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBuiltinWriter, type WriteReply } from '../../testgen/index.ts'
import { awkward, hostile, legacy, plain, stateful } from './modules.ts'
import {
  checkTypes,
  createRepository,
  openSandbox,
  type Repository,
  run,
  runVitest,
  type VitestResult,
} from './repository.ts'

type Written = Extract<WriteReply, { kind: 'written' }>

// Programs are started: a busy machine takes its time.
const writer = createBuiltinWriter({ run: openSandbox })

async function write(
  repository: Repository,
  module: string,
  more: { runner?: 'vitest' | 'jest' | 'node'; testFile?: string; failures?: string[]; seed?: string } = {},
): Promise<Written> {
  const testFile =
    more.testFile ??
    module
      .replace('src/', 'test/')
      .replace(/\.ts$/, '.canopy.test.ts')
      .replace(/\.c?js$/, '.canopy.test.js')
  const { runner = 'vitest', seed = 'one', failures = [] } = more
  const reply = await writer.write({
    root: repository.root,
    module,
    testFile,
    runner,
    seed,
    failures,
    budget: 6000,
  })
  if (reply.kind !== 'written') throw new Error(JSON.stringify(reply))
  repository.write(testFile, reply.source)
  return reply
}

describe('what the builtin writer writes', () => {
  let repository: Repository
  let vitest: VitestResult
  const replies = new Map<string, Written>()
  const reply = (name: string): Written => replies.get(name) as Written

  beforeAll(async () => {
    repository = createRepository({
      'src/plain.ts': plain,
      'src/stateful.ts': stateful,
      'src/hostile.ts': hostile,
      'src/legacy.cjs': legacy,
      'src/awkward.js': awkward,
    })
    for (const file of ['plain.ts', 'stateful.ts', 'hostile.ts', 'legacy.cjs', 'awkward.js'])
      replies.set(file, await write(repository, `src/${file}`))
    vitest = await runVitest(repository.root)
  })

  afterAll(() => repository.remove())

  it('passes, in another time zone, with nothing left over', () => {
    const failed = vitest.testResults
      .flatMap((file) => [file.message, ...file.assertionResults.flatMap((test) => test.failureMessages)])
      .filter((message) => message !== '')
    expect(failed).toEqual([])
    expect(vitest.success).toBe(true)
  })

  it('is what vitest counts', () => {
    const cases = [...replies.values()].reduce((total, { cases }) => total + cases.length, 0)
    expect(vitest.numTotalTests).toBe(cases)
  })

  it('type-checks under strict', async () => {
    const errors = (await checkTypes(repository.root)).split('\n').filter((line) => line.startsWith('test/'))
    expect(errors).toEqual([])
  })

  it('takes every branch of switches, patterns, dates, generics and errors', () => {
    expect(reply('plain.ts').branches).toEqual({ covered: 24, total: 24 })
  })

  it('takes every branch of a class, a retry and a debounced callback', () => {
    const { covered, total } = reply('stateful.ts').branches
    expect(covered / total).toBeGreaterThan(0.9)
  })

  it('takes every branch of CommonJS without types', () => {
    expect(reply('legacy.cjs').branches).toEqual({ covered: 6, total: 6 })
  })

  it('takes every branch of what has awkward names and awkward values', () => {
    const { branches, source } = reply('awkward.js')
    expect(branches.covered).toBe(branches.total)
    for (const name of ["'b-c' as bC", 'delete as ownDelete', 'expect as ownExpect'])
      expect(source).toContain(name)
  })

  it('leaves out what only looks like a promise', () => {
    expect(reply('awkward.js').source).not.toContain('broken(')
  })

  it('names tests by the call and what comes of it', () => {
    expect(reply('plain.ts').cases).toContain("area > area({ kind: 'line' }) returns 0")
  })

  it('asserts the words of errors that are the own of the module', () => {
    expect(reply('plain.ts').source).toMatch(/name: 'VersionError',\s+message: "'.*' is no version"/)
    expect(reply('plain.ts').source).toContain("new RangeError('the major version is too large')")
  })

  it('tells -0 and NaN from other numbers', () => {
    expect(reply('plain.ts').source).toContain('.toBe(-0)')
    expect(reply('plain.ts').source).toContain('.toBe(NaN)')
  })

  it('pins chance and time only where they are used', () => {
    const { source } = reply('hostile.ts')
    expect(source).toContain("vi.spyOn(Math, 'random')")
    expect(source).toContain('vi.setSystemTime(')
    expect(reply('legacy.cjs').source).not.toContain('vi.')
  })

  it('asserts what callbacks are called with, and lets time pass', () => {
    const { source } = reply('stateful.ts')
    expect(source).toMatch(/vi\.advanceTimersByTime\(\d+\)\s+expect\(callback\.mock\.calls\)\.toEqual/)
    expect(source).toContain('await vi.runAllTimersAsync()')
  })

  it('leaves out what is not the same every time, does not end or ends the program', () => {
    const { source, dropped } = reply('hostile.ts')
    expect(source).not.toMatch(/'count'|'uuid'|'zone'|'for'|'recursion'|'pattern'|leave\([1-9-]/)
    expect(source).toContain("expect(leave(0)).toBe('stayed')")
    expect(dropped.unstable).toBeGreaterThan(0)
  })

  it('leaves out what failed before', async () => {
    const [first = '', second = ''] = reply('legacy.cjs').cases
    // An attempt begins without the file of the one before.
    rmSync(join(repository.root, 'test/legacy.canopy.test.js'))
    const without = await write(repository, 'src/legacy.cjs', {
      failures: [first, `tests: test/legacy.canopy.test.js: ${second}: expected 1 to be 2`],
    })
    expect(without.cases).not.toContain(first)
    expect(without.cases).not.toContain(second)
    expect(without.dropped.failed).toBe(2)
  })

  it('is the same for the same seed, and passes as well when written for node:test', async () => {
    const { cases } = await write(repository, 'src/stateful.ts', {
      runner: 'node',
      testFile: 'test/stateful.node.ts',
    })
    expect(cases).toEqual(reply('stateful.ts').cases)
    const argv = [
      '--disable-warning=ExperimentalWarning',
      '--test',
      '--test-reporter=tap',
      'test/stateful.node.ts',
    ]
    const ended = await run([process.execPath, ...argv], { cwd: repository.root })
    expect(ended.stdout).toContain(`# pass ${cases.length}`)
    expect(ended.code).toBe(0)
  })
})

describe('what comes of the rest', () => {
  let repository: Repository

  beforeAll(() => {
    repository = createRepository({
      'src/broken.ts': "import './missing.js'\nexport const a = () => 1\n",
      'src/shape.ts': 'export interface Shape { side: number }\n',
    })
  })

  afterAll(() => repository.remove())

  it('says why there is nothing to write', async () => {
    const order = {
      root: repository.root,
      testFile: 'test/a.test.ts',
      runner: 'vitest',
      seed: 'one',
      budget: 500,
    } as const
    const [broken, shape] = await Promise.all([
      writer.write({ ...order, module: 'src/broken.ts' }),
      writer.write({ ...order, module: 'src/shape.ts' }),
    ])
    expect(broken).toMatchObject({ kind: 'nothing', reason: expect.stringContaining('cannot be loaded') })
    expect(shape).toMatchObject({ kind: 'nothing' })
  })

  it('says that there is no such module', async () => {
    const reply = await writer.write({
      root: repository.root,
      module: 'src/nowhere.ts',
      testFile: 'test/a.test.ts',
      runner: 'vitest',
      seed: 'one',
    })
    expect(reply).toMatchObject({
      kind: 'failed',
      retryable: false,
      message: expect.stringContaining('src/nowhere.ts'),
    })
  })

  it.each([
    [{ kind: 'timed_out' }, { kind: 'failed', retryable: true }],
    [{ kind: 'aborted' }, { kind: 'failed', retryable: true }],
    [
      { kind: 'could_not_start', message: 'no bwrap' },
      { kind: 'failed', retryable: false, message: expect.stringContaining('no bwrap') },
    ],
    [
      { kind: 'exited', code: 1, stdout: 'rubbish', stderr: 'out of luck' },
      { kind: 'failed', message: expect.stringContaining('out of luck') },
    ],
  ] as const)('reads a sandbox that ended so: %j', async (exit, expected) => {
    const failing = createBuiltinWriter({ run: async () => exit })
    expect(
      await failing.write({
        root: '/',
        module: 'a.ts',
        testFile: 'a.test.ts',
        runner: 'vitest',
        seed: 'one',
      }),
    ).toMatchObject(expected)
  })
})
