// The audit log: what is written stays as it was written, or is found.

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { auditFolder, linesOf, openAuditLog } from '../../app/audit/audit-log.ts'
import { type AuditBody, checkChain, EMPTY, nextLine } from '../../app/audit/chain.ts'
import { headOfRunBefore } from '../../app/audit/run-before.ts'
import { openStore, type StoreKeys, storeKey } from '../../persistence/index.ts'
import { stopServers, temporaryFolder } from '../transport/nats.ts'
import { called } from './called.ts'

const body = (what: string): AuditBody => ({
  kind: 'request',
  who: 'operator',
  by: 'somebody@here',
  what,
  to: 'system.supervisor',
  detail: '{"type":"PAUSE"}',
  ok: true,
  answer: 'ok',
})

function chainOf(count: number) {
  const lines: string[] = []
  let head = EMPTY
  for (let at = 1; at <= count; at += 1) {
    const next = nextLine(head, at, body(`send ${at}`))
    lines.push(next.line)
    head = next.head
  }
  return { lines, head }
}

const index = fc.nat()
const tampering = fc.oneof(
  fc.record({
    how: fc.constant('change' as const),
    line: index,
    at: index,
    to: fc.string({ minLength: 1, maxLength: 3 }),
  }),
  fc.record({ how: fc.constant('remove' as const), line: index, count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ how: fc.constant('swap' as const), line: index, other: index }),
  fc.record({ how: fc.constant('repeat' as const), line: index, other: index }),
  fc.record({ how: fc.constant('cut' as const), line: index }),
  // Everything after it is made anew, with hashes that fit.
  fc.record({ how: fc.constant('forge' as const), line: index }),
)

function tampered(
  lines: readonly string[],
  change: typeof tampering extends fc.Arbitrary<infer T> ? T : never,
) {
  const line = change.line % lines.length
  const text = lines[line] ?? ''
  switch (change.how) {
    case 'change': {
      const at = change.at % text.length
      return lines.with(line, text.slice(0, at) + change.to + text.slice(at + change.to.length))
    }
    case 'remove':
      return lines.toSpliced(line, change.count)
    case 'swap': {
      const other = change.other % lines.length
      return lines.with(line, lines[other] ?? '').with(other, text)
    }
    case 'repeat':
      return lines.toSpliced(change.other % (lines.length + 1), 0, text)
    case 'cut':
      return lines.slice(0, line)
    case 'forge': {
      const kept = lines.slice(0, line)
      let head = kept.reduce((before) => ({ ...before, number: before.number + 1 }), EMPTY)
      const [, hash = EMPTY.hash] = /"hash":"([0-9a-f]+)"\}$/.exec(kept.at(-1) ?? '') ?? []
      head = { ...head, hash }
      return [
        ...kept,
        ...lines.slice(line).map(() => {
          const next = nextLine(head, 1, body('nothing happened'))
          head = next.head
          return next.line
        }),
      ]
    }
  }
}

describe('the chain', () => {
  it('finds every change, removal, reordering, repetition, cut and forgery', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), tampering, async (count, change) => {
        const { lines, head } = chainOf(count)
        expect(await checkChain(lines, head)).toEqual({ ok: true, head })
        const other = tampered(lines, change)
        fc.pre(other.join('\n') !== lines.join('\n'))
        const result = await checkChain(other, head)
        expect(result).toMatchObject({ ok: false, line: expect.any(Number) })
        const first = lines.findIndex((line, at) => other[at] !== line) + 1
        // The first bad line is named; a forged tail is found where the head contradicts it.
        if (!result.ok && change.how !== 'forge') expect(result.line).toBe(first || lines.length + 1)
      }),
    )
  })
})

describe('canopy audit', () => {
  let data: string
  let run: string
  beforeEach(async () => {
    data = await temporaryFolder()
    beginRun('1')
  })
  function beginRun(number: string): void {
    run = join(data, 'runs', number)
    mkdirSync(run, { recursive: true })
    const record = { system: 'audited', repository: '/r', milestones: [], seed: 1, began: 0, over: true }
    writeFileSync(join(run, 'run.json'), JSON.stringify(record))
  }
  afterAll(stopServers)

  const canopy = (...args: string[]) => called([...args, '--data', data], data, { now: Date.now })

  async function write(count: number, troubles: string[] = [], keys?: StoreKeys): Promise<void> {
    const store = await openStore({ directory: join(run, 'store'), keys })
    const trouble = (sentence: string) => void troubles.push(sentence)
    const headBefore = () => headOfRunBefore({ path: run }, keys, trouble)
    const log = await openAuditLog({ dataDirectory: data, store, headBefore, now: () => 1_000, trouble })
    await Promise.all(Array.from({ length: count }, (_, at) => log.append(body(`send ${at}`))))
    await log.close()
    await store.close()
  }
  const file = () => join(auditFolder(data), '000001.jsonl')

  it('lists what was written, only for its owner, over several processes', async () => {
    await write(2)
    await write(3)
    const { code, out } = await canopy('audit')
    expect({ code, lines: out.trimEnd().split('\n').length }).toEqual({ code: 0, lines: 5 })
    expect(out).toContain('operator (somebody@here)  send 2 to system.supervisor')
    expect(JSON.parse((await canopy('audit', '--json')).out)).toHaveLength(5)
    expect((await canopy('audit', 'verify')).out).toBe('all 5 entries are unchanged\n')
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    expect(statSync(auditFolder(data)).mode & 0o777).toBe(0o700)
  })

  it('says so when nothing is written down, and when a run that it cannot ask has the store', async () => {
    expect((await canopy('audit')).out).toContain('has no entries')
    await write(1)
    const store = await openStore({ directory: join(run, 'store') })
    const refused = await canopy('audit', 'verify')
    expect(refused).toMatchObject({
      code: 2,
      err: expect.stringContaining('only that run knows the newest entry'),
    })
    expect(refused.err).toContain('--nats URL --creds operator.creds')
    await store.close()
  })

  it('names the first bad line, and does not forget it when the next process goes on', async () => {
    await write(3)
    writeFileSync(file(), readFileSync(file(), 'utf8').replace('send 1', 'send 7'))
    const found = await canopy('audit', 'verify')
    expect(found).toMatchObject({ code: 1, out: expect.stringContaining('line 2: it was changed') })
    const troubles: string[] = []
    await write(1, troubles)
    expect(troubles).toEqual([expect.stringContaining('was changed at line 2')])
    expect(await canopy('audit', 'verify')).toMatchObject({ code: 1, out: expect.stringContaining('line 2') })
  })

  it('misses what was cut off at the end, also after the next process wrote on', async () => {
    await write(3)
    const [first, second] = readFileSync(file(), 'utf8').split('\n')
    writeFileSync(file(), `${first}\n${second}\n`)
    const { code, out } = await canopy('audit', 'verify', '--json')
    expect({ code, ...JSON.parse(out) }).toEqual({
      code: 1,
      ok: false,
      line: 3,
      reason: 'the entries 3 to 3 are missing',
    })
    await write(1)
    expect(await canopy('audit', 'verify')).toMatchObject({
      code: 1,
      out: expect.stringContaining('missing'),
    })
  })

  it.each([
    { what: 'cut', left: 2 },
    { what: 'emptied', left: 0 },
  ])(
    'misses what was $what between two runs, although the new one has a store of its own',
    async ({ left }) => {
      await write(3)
      const lines = readFileSync(file(), 'utf8').split('\n')
      writeFileSync(
        file(),
        lines
          .slice(0, left)
          .map((line) => `${line}\n`)
          .join(''),
      )
      beginRun('2')
      const troubles: string[] = []
      await write(1, troubles)
      expect(troubles).toEqual([expect.stringContaining(`the entries ${left + 1} to 3 are missing`)])
      expect(await canopy('audit', 'verify')).toMatchObject({
        code: 1,
        out: expect.stringContaining('missing'),
      })
    },
  )

  it('goes on in a new run after an earlier one, also when only the new one has a key', async () => {
    await write(2)
    beginRun('2')
    const troubles: string[] = []
    await write(1, troubles, { current: storeKey(Buffer.alloc(32, 1)), older: [] })
    beginRun('3')
    await write(1, troubles, { current: storeKey(Buffer.alloc(32, 1)), older: [] })
    expect(troubles).toEqual([])
    expect(JSON.parse((await canopy('audit', '--json')).out)).toHaveLength(4)
    beginRun('4')
    await write(1, troubles)
    expect(troubles).toEqual([expect.stringContaining('it is encrypted with key')])
    expect((await canopy('audit', 'verify')).out).toBe('all 5 entries are unchanged\n')
  })

  it('ends a line that a crash tore, and goes on in the next file when one is full', async () => {
    await write(1)
    writeFileSync(file(), '{"number":2,"torn', { flag: 'a' })
    await write(1)
    expect((await canopy('audit', 'verify')).code).toBe(0)
    const filler = Array.from({ length: 10 }, () => 'x'.repeat(1_100_000))
    const store = await openStore({ directory: join(run, 'store') })
    const log = await openAuditLog({ dataDirectory: data, store, now: () => 1, trouble: () => {} })
    for (const detail of filler) await log.append({ ...body('large'), detail })
    await log.append(body('after'))
    await store.close()
    expect(readdirSync(auditFolder(data))).toEqual(['000001.jsonl', '000002.jsonl'])
    const lines: string[] = []
    for await (const line of linesOf(data)) lines.push(line)
    expect(lines).toHaveLength(13)
    expect((await canopy('audit', 'verify')).code).toBe(0)
  })
})
