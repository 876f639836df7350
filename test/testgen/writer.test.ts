// Writer: what it asks of the sandbox, and what it makes of each way in which the program may end.

import { isAbsolute } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createBuiltinWriter, type SandboxedRun, type WriteReply } from '../../testgen/index.ts'
import { writeReplySchema, writeRequestSchema } from '../../testgen/request.ts'
import type { SandboxExit, WriteOrder } from '../../testgen/test-writer.ts'
import { builtinCommand } from '../../testgen/writer.ts'

const order: WriteOrder = {
  root: '/repository',
  module: 'src/a.ts',
  testFile: 'test/a.test.ts',
  runner: 'vitest',
  seed: 'one',
}
const written: WriteReply = {
  kind: 'written',
  testFile: 'test/a.test.ts',
  source: "it('is one', () => {})\n",
  cases: ['f > f() returns 1'],
  branches: { covered: 1, total: 2 },
  dropped: { unstable: 0, failed: 0, mistyped: 0, surplus: 0 },
  notes: [],
}
const nothing: WriteReply = { kind: 'nothing', reason: 'it exports no function or class of its own' }
const exited = (stdout: string, more: { code?: number; stderr?: string } = {}): SandboxExit => ({
  kind: 'exited',
  code: 0,
  stderr: '',
  stdout,
  ...more,
})

describe('the end of the program', () => {
  it.each<[string, SandboxExit, object]>([
    ['with a reply', exited(`${JSON.stringify(written)}\n`), written],
    [
      'with a reply behind other lines',
      exited(`a line\n{"kind":"nothing"\n${JSON.stringify(nothing)}\n`),
      nothing,
    ],
    ['with a reply and empty lines behind it', exited(`${JSON.stringify(nothing)}\n\n  \n`), nothing],
    ['with a reply and an error code', exited(JSON.stringify(nothing), { code: 3 }), nothing],
    [
      'with a reply that failed',
      exited(JSON.stringify({ kind: 'failed', retryable: false, message: 'no' })),
      { kind: 'failed', retryable: false, message: 'no' },
    ],
    [
      'without a word',
      exited(''),
      { kind: 'failed', retryable: true, message: 'the builtin writer ended with 0 and no reply: ' },
    ],
    [
      'with a code and its last words',
      exited('', { code: 7, stderr: 'out of memory' }),
      {
        kind: 'failed',
        retryable: true,
        message: 'the builtin writer ended with 7 and no reply: out of memory',
      },
    ],
    ['with half a reply', exited(JSON.stringify(written).slice(0, 40)), { kind: 'failed', retryable: true }],
    ['with a reply of another kind', exited('{"kind":"done"}'), { kind: 'failed', retryable: true }],
    [
      'with a reply that lacks something',
      exited('{"kind":"written","source":""}'),
      { kind: 'failed', retryable: true },
    ],
    [
      'with a reply that something follows',
      exited(`${JSON.stringify(nothing)}\nand more`),
      { kind: 'failed', retryable: true },
    ],
    [
      'by a signal',
      { kind: 'signalled', stderr: 'killed' },
      { kind: 'failed', retryable: true, message: 'the builtin writer was killed: killed' },
    ],
    [
      'by a signal, silently',
      { kind: 'signalled' },
      { kind: 'failed', retryable: true, message: 'the builtin writer was killed: ' },
    ],
    [
      'by its time',
      { kind: 'timed_out' },
      { kind: 'failed', retryable: true, message: 'the builtin writer took too long' },
    ],
    [
      'by a request to stop',
      { kind: 'aborted' },
      { kind: 'failed', retryable: true, message: 'the builtin writer was told to stop' },
    ],
    [
      'before it began',
      { kind: 'could_not_start', message: 'no sandbox' },
      { kind: 'failed', retryable: false, message: 'the builtin writer could not be started: no sandbox' },
    ],
  ])('%s', async (_name, exit, expected) => {
    expect(await createBuiltinWriter({ run: async () => exit }).write(order)).toMatchObject(expected)
  })

  it('keeps only the last words of a long complaint', async () => {
    const reply = await createBuiltinWriter({
      run: async () => exited('', { stderr: `${'x'.repeat(9000)}the end` }),
    }).write(order)
    expect(reply.kind === 'failed' ? reply.message.length : 0).toBeLessThan(2100)
    expect(reply.kind === 'failed' ? reply.message : '').toMatch(/the end$/)
  })
})

describe('the order to the sandbox', () => {
  async function asked(
    more: Partial<WriteOrder> = {},
    options: { timeoutMs?: number; memoryMb?: number; nodePath?: string } = {},
  ) {
    const calls: Parameters<SandboxedRun>[] = []
    const run: SandboxedRun = async (...call) => {
      calls.push(call)
      return exited(JSON.stringify(nothing))
    }
    await createBuiltinWriter({ run, ...options }).write({ ...order, ...more })
    const [call] = calls
    if (call === undefined) throw new Error('the sandbox was not asked')
    return { argv: call[0], given: call[1] }
  }

  it('is the request in one line, without the signal', async () => {
    const { signal } = new AbortController()
    const { given } = await asked({ signal, failures: ['f > f() returns 1'] })
    expect(JSON.parse(given.stdin)).toEqual({ ...order, failures: ['f > f() returns 1'] })
    expect(given.signal).toBe(signal)
    expect((await asked()).given).not.toHaveProperty('signal')
  })

  it('runs Node on the program, with limits', async () => {
    const { argv, given } = await asked({}, { nodePath: '/opt/node/bin/node' })
    expect(argv).toEqual(builtinCommand('/opt/node/bin/node'))
    expect(argv.at(-1)).toMatch(/testgen\/main\.[jt]s$/)
    expect(given).toMatchObject({ cwd: '/repository', timeoutMs: 180_000, memoryMb: 2048, writable: [] })
    expect((await asked({}, { timeoutMs: 5, memoryMb: 6 })).given).toMatchObject({
      timeoutMs: 5,
      memoryMb: 6,
    })
  })

  it('lets it read the repository, itself, its packages and Node, and write nothing', async () => {
    const { given } = await asked({}, { nodePath: '/opt/node/bin/node' })
    expect(given.readable).toContain('/repository')
    expect(given.readable).toContain('/opt/node/bin')
    expect(given.readable.some((folder) => folder.endsWith('node_modules'))).toBe(true)
    for (const folder of given.readable) expect(isAbsolute(folder)).toBe(true)
    expect(given.writable).toEqual([])
  })
})

describe('a request', () => {
  const request = { root: '/r', module: 'a.ts', testFile: 'a.test.ts', runner: 'node', seed: '' }

  it('has defaults', () => {
    expect(writeRequestSchema.parse(request)).toEqual({
      ...request,
      budget: 60_000,
      covered: [],
      failures: [],
      mostPerTarget: 12,
    })
  })

  it.each<[string, object]>([
    ['no root', { root: '' }],
    ['no module', { module: '' }],
    ['no test file', { testFile: '' }],
    ['an unknown runner', { runner: 'karma' }],
    ['no budget', { budget: 0 }],
    ['half an execution', { budget: 1.5 }],
    ['no test for a target', { mostPerTarget: 0 }],
    ['a branch on line 0', { covered: [{ line: 0, column: 0, arm: 0 }] }],
    ['a branch before the line', { covered: [{ line: 1, column: -1, arm: 0 }] }],
    ['a failure that is no text', { failures: [5] }],
    ['a seed that is no text', { seed: 5 }],
  ])('with %s is wrong', (_name, wrong) => {
    expect(writeRequestSchema.safeParse({ ...request, ...wrong }).success).toBe(false)
  })

  it('and its reply say the same on both sides', () => {
    for (const reply of [written, nothing, { kind: 'failed', retryable: true, message: 'x' }])
      expect(writeReplySchema.parse(JSON.parse(JSON.stringify(reply)))).toEqual(reply)
  })
})
