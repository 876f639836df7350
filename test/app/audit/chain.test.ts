// The chain of an audit log without its files: where a break is told, and with which reason.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AuditBody, type AuditEntry, checkChain, EMPTY, nextLine } from '../../../app/audit/chain.ts'

const COUNT = 5

const body = (what: string, other: Partial<AuditBody> = {}): AuditBody => ({
  kind: 'request',
  who: 'operator',
  by: null,
  what,
  to: 'system.pool',
  detail: '{}',
  ok: true,
  answer: 'ok',
  ...other,
})

function chainOf(bodies: readonly AuditBody[], clock: (at: number) => number = (at) => at) {
  let head = EMPTY
  const lines = bodies.map((each, at) => {
    const next = nextLine(head, clock(at), each)
    head = next.head
    return next.line
  })
  return { lines, head }
}

const bodies = Array.from({ length: COUNT }, (_, at) => body(`send ${at}`))
const whole = chainOf(bodies)
const places = Array.from({ length: COUNT }, (_, at) => at)
const textAt = (at: number) => whole.lines[at] ?? ''

/** Each field of an entry with a value of its type that is not the written one. */
const otherValues: Readonly<Record<keyof AuditEntry, unknown>> = {
  number: 77,
  at: 1_234,
  before: 'a'.repeat(64),
  hash: 'b'.repeat(64),
  kind: 'mail',
  who: 'viewer',
  by: 'me@here',
  what: 'status',
  to: null,
  detail: '{"size":2}',
  ok: false,
  answer: 'forbidden: no',
}

describe('a chain that is whole', () => {
  it('gives every entry in its order, and ends with its head', async () => {
    const taken: AuditEntry[] = []
    expect(await checkChain(whole.lines, whole.head, (entry) => taken.push(entry))).toEqual({
      ok: true,
      head: whole.head,
    })
    expect(taken.map(({ number, what }) => [number, what])).toEqual(
      places.map((at) => [at + 1, `send ${at}`]),
    )
  })

  it('may be empty, and then its head is that of no entry', async () => {
    expect(await checkChain([], undefined)).toEqual({ ok: true, head: EMPTY })
    expect(await checkChain([], EMPTY)).toEqual({ ok: true, head: EMPTY })
  })

  it('may be longer than the known head: the process ended before it stored the newest one', async () => {
    const known = { number: 2, hash: JSON.parse(textAt(1)).hash as string }
    expect(await checkChain(whole.lines, known)).toEqual({ ok: true, head: whole.head })
  })

  it('holds while the clock goes back or does not move', async () => {
    for (const clock of [(at: number) => 1_000 - at, () => 0]) {
      const { lines, head } = chainOf(bodies, clock)
      expect(await checkChain(lines, head)).toEqual({ ok: true, head })
    }
  })

  it('keeps any text: quotes, line breaks, lone surrogates, a text of its own form', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary', maxLength: 40 }), { maxLength: 6 }),
        async (texts) => {
          const { lines, head } = chainOf(texts.map((text) => body(text, { detail: text, by: text })))
          expect(lines.filter((line) => line.includes('\n'))).toEqual([])
          const taken: AuditEntry[] = []
          expect(await checkChain(lines, head, (entry) => taken.push(entry))).toEqual({ ok: true, head })
          expect(taken.map(({ what, detail, by }) => [what, detail, by])).toEqual(
            texts.map((text) => [text, text, text]),
          )
        },
      ),
      { numRuns: 40 },
    )
    const odd = ['","hash":"', '\u2028', '\ud800', textAt(0)]
    const { lines, head } = chainOf(odd.map((text) => body(text)))
    expect(await checkChain(lines, head)).toEqual({ ok: true, head })
  })
})

describe.each(places)('a break at place %i', (at) => {
  const brokenBy = async (lines: readonly string[], known: typeof EMPTY | undefined = whole.head) => {
    const taken: AuditEntry[] = []
    const result = await checkChain(lines, known, (entry) => taken.push(entry))
    return { result, taken: taken.length }
  }

  it.each(Object.entries(otherValues))('is told with its line when %s is %j', async (field, value) => {
    const changed = JSON.stringify({ ...JSON.parse(textAt(at)), [field]: value })
    const { result, taken } = await brokenBy(whole.lines.with(at, changed))
    expect(result).toEqual({ ok: false, line: at + 1, reason: 'it was changed: its hash does not match' })
    expect(taken).toBe(at)
  })

  it.each([
    ['is no JSON', () => 'hello'],
    ['is empty', () => ''],
    ['is a list', (text: string) => `[${text}]`],
    ['is null', () => 'null'],
    ['lost its hash', (text: string) => text.replace(/,"hash":.*$/, '}')],
    ['lost its end', (text: string) => text.slice(0, -1)],
    ['has a field more', (text: string) => text.replace(/\}$/, ',"more":1}')],
    ['has a time with a fraction', (text: string) => text.replace(/"at":\d+/, '"at":1.5')],
    ['has a negative number', (text: string) => text.replace(/"number":\d+/, '"number":-1')],
    ['is of an unknown kind', (text: string) => text.replace('"request"', '"wish"')],
  ])('is told as no entry when the line %s', async (_, change) => {
    const { result } = await brokenBy(whole.lines.with(at, change(textAt(at))))
    expect(result).toEqual({ ok: false, line: at + 1, reason: 'it is not an entry of an audit log' })
  })

  it.each([
    ['a space more', (text: string) => text.replace(',', ', ')],
    ['a space at its end', (text: string) => `${text} `],
    ['a carriage return', (text: string) => `${text}\r`],
    ['a letter written as an escape', (text: string) => text.replace('"send', '"\\u0073end')],
    ['a field twice', (text: string) => text.replace('{', '{"ok":false,')],
    [
      'its fields in another order',
      (text: string) => {
        const { number, ...rest } = JSON.parse(text)
        return JSON.stringify({ ...rest, number })
      },
    ],
    [
      'a hash in capitals',
      (text: string) =>
        text.replace(/"hash":"\w+"/, (each) => each.replace(/[a-f]/g, (letter) => letter.toUpperCase())),
    ],
  ])('is found in %s, which means the same JSON', async (_, change) => {
    const { result } = await brokenBy(whole.lines.with(at, change(textAt(at))))
    expect(result).toMatchObject({ ok: false, line: at + 1 })
  })

  it('is told by its number when the line is missing, or the head when it is the last', async () => {
    const { result } = await brokenBy(whole.lines.toSpliced(at, 1))
    const last = at === COUNT - 1
    expect(result).toEqual({
      ok: false,
      line: at + 1,
      reason: last
        ? `the entries ${COUNT} to ${COUNT} are missing`
        : `it is entry ${at + 2}, expected ${at + 1}`,
    })
  })

  it('is told by its number when the line is there twice', async () => {
    const { result } = await brokenBy(whole.lines.toSpliced(at, 0, textAt(at)))
    expect(result).toEqual({ ok: false, line: at + 2, reason: `it is entry ${at + 1}, expected ${at + 2}` })
  })

  it('is told where a line of another log begins', async () => {
    const other = chainOf(bodies.map((each) => ({ ...each, who: 'viewer' })))
    const { result } = await brokenBy(whole.lines.with(at, other.lines[at] ?? ''), undefined)
    // A first entry needs nothing before it: the one behind it does not fit.
    const line = at === 0 ? 2 : at + 1
    expect(result).toEqual({ ok: false, line, reason: 'it does not follow from the entry before it' })
  })

  it('is told by the head when everything from there on was made again', async () => {
    const before = at === 0 ? EMPTY : { number: at, hash: JSON.parse(textAt(at - 1)).hash as string }
    let head = before
    const forged = whole.lines.slice(at).map(() => {
      const next = nextLine(head, 1, body('nothing'))
      head = next.head
      return next.line
    })
    const { result } = await brokenBy([...whole.lines.slice(0, at), ...forged])
    expect(result).toEqual({
      ok: false,
      line: COUNT,
      reason: 'it differs from the entry that the store has under this number',
    })
  })

  it('is told as missing entries when everything from there on was cut off', async () => {
    const { result } = await brokenBy(whole.lines.slice(0, at))
    expect(result).toEqual({
      ok: false,
      line: at + 1,
      reason: `the entries ${at + 1} to ${COUNT} are missing`,
    })
  })
})

it('a body with a field that no entry has is a fault of the program, not an entry', () => {
  expect(() => nextLine(EMPTY, 1, { ...body('x'), more: 1 } as AuditBody)).toThrow('more')
})
