// Envelopes: each that is encoded comes back as it was; every text that is torn, huge, deep, of another version or not
// ours is refused with a reason; and each rule about who may send what.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_JSON_DEPTH, MAX_JSON_VALUES } from '../../kernel/index.ts'
import {
  decodeMail,
  duplicateId,
  encodeMail,
  envelopesOf,
  excerpt,
  forgery,
  limitFor,
  MAX_TOGETHER,
  type Trust,
} from '../../transport/envelope.ts'
import { ENVELOPE_LIMIT, type Envelope, MEMBER_LIMIT } from '../../transport/index.ts'

const SEPARATOR = '\u001e'
const outside = (): string => 'outside/1'

function envelope(fields: Partial<Envelope> = {}): Envelope {
  const from = { address: 'a.sender', birth: 'b1', number: 1 }
  return { id: 'b1/1@an.actor', to: 'an.actor', from, event: { type: 'GO' }, ...fields }
}

const decode = (text: string | Uint8Array, limit?: number) =>
  decodeMail(typeof text === 'string' ? Buffer.from(text) : text, 'an.actor', outside, limit)

/** The text of an envelope with these fields instead of sound ones. */
const written = (fields: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ ...JSON.parse(JSON.stringify(envelope())), ...fields })
const from = (fields: Readonly<Record<string, unknown>>): string =>
  written({ from: { address: 'a', birth: 'b', number: 1, ...fields } })
const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`

describe('an envelope', () => {
  const id = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 })
  const origin = fc.record({ address: id, birth: id, number: fc.integer({ min: 1, max: 2 ** 53 - 1 }) })
  const type = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 })
  const event = fc.record({ type, value: fc.jsonValue({ maxDepth: 4 }) })

  test('comes back as it was sent, whatever is in it', () => {
    fc.assert(
      fc.property(fc.record({ id, from: fc.option(origin), event }), (given) => {
        const sent = { ...given, to: 'an.actor' }
        const decoded = decode(encodeMail(sent))
        expect(decoded.kind).toBe('mail')
        if (decoded.kind !== 'mail') return
        const [received, ...others] = decoded.envelopes
        expect(others).toEqual([])
        expect(JSON.stringify(received.event)).toBe(JSON.stringify(sent.event))
        expect({ ...received, event: 0 }).toEqual({ ...sent, event: 0 })
      }),
    )
  })

  test('comes back in its place among others that are sent with it', () => {
    const several = fc.array(fc.record({ id, event }), { minLength: 2, maxLength: MAX_TOGETHER })
    fc.assert(
      fc.property(several, origin, (all, sender) => {
        const sent = all.map((each, at) => ({ ...each, to: 'an.actor', from: { ...sender, number: at + 1 } }))
        const decoded = decode(encodeMail(sent))
        expect(JSON.stringify(decoded)).toBe(
          JSON.stringify({
            kind: 'mail',
            envelopes: sent.map((each) => ({
              id: each.id,
              to: each.to,
              from: each.from,
              event: each.event,
            })),
          }),
        )
      }),
      { numRuns: 30 },
    )
  })

  test('loses what JSON has no text for, and fields that are undefined', () => {
    const odd = { type: 'GO', a: undefined, b: Number.NaN, c: -0, d: new Date(0), e: [undefined] }
    expect(decode(encodeMail(envelope({ event: odd })))).toMatchObject({
      envelopes: [{ event: { type: 'GO', b: null, c: 0, d: '1970-01-01T00:00:00.000Z', e: [null] } }],
    })
    expect(Buffer.from(encodeMail(envelope({ event: odd }))).toString()).not.toContain('"a"')
  })

  test('with a BigInt or a circle throws at its sender', () => {
    const loop: Record<string, unknown> = { type: 'GO' }
    loop.self = loop
    expect(() => encodeMail(envelope({ event: { type: 'GO', n: 1n } }))).toThrow(/BigInt/)
    expect(() => encodeMail(envelope({ event: loop as never }))).toThrow(/circular/i)
  })

  test('drops fields of a newer sender, but keeps those of the event', () => {
    const text = written({ trace: 'x', priority: 9, event: { type: 'GO', trace: 'x' } })
    expect(decode(text)).toEqual({
      kind: 'mail',
      envelopes: [envelope({ event: { type: 'GO', trace: 'x' } })],
    })
    expect(decode(from({ node: 'x' }))).toMatchObject({
      envelopes: [{ from: { address: 'a', birth: 'b', number: 1 } }],
    })
  })

  test('keeps prototype keys of an event as fields, and changes no prototype', () => {
    const text = '{"type":"GO","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'
    const decoded = decode(text)
    expect(decoded).toMatchObject({ kind: 'mail', envelopes: [{ id: 'outside/1', from: null }] })
    if (decoded.kind === 'mail') expect(JSON.stringify(decoded.envelopes[0].event)).toBe(text)
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})

const refused: [string, string | Uint8Array, RegExp][] = [
  ['nothing', '', /^no JSON: /],
  ['a blank', ' ', /^no JSON: /],
  ['a torn envelope', written({}).slice(0, -1), /^no JSON: /],
  ['an envelope and more', `${written({})}x`, /^no JSON: /],
  ['two envelopes without a separator', written({}) + written({}), /^no JSON: /],
  ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x7b]), /^no UTF-8$/],
  ['a torn character', Buffer.from('{"type":"ü"}').subarray(0, 10), /^no UTF-8$/],
  ['a byte order mark', '\ufeff{"type":"GO"}', /^no JSON: /],
  ['UTF-16', Buffer.from('{"type":"GO"}', 'utf16le'), /^(no UTF-8|no JSON)/],
  ['null', 'null', /^neither envelope nor event: /],
  ['a number', '7', /^neither envelope nor event: /],
  ['a text', '"GO"', /^neither envelope nor event: /],
  ['a list', '[]', /^neither envelope nor event: /],
  ['an empty object', '{}', /^neither envelope nor event: /],
  ['an event of an empty type', '{"type":""}', /^neither envelope nor event: /],
  ['an event of a type that is no text', '{"type":["GO"]}', /^neither envelope nor event: /],
  ['an event of a type of 1,001 characters', JSON.stringify({ type: 'x'.repeat(1_001) }), /^neither/],
  ['no id', written({ id: undefined }), /id/],
  ['an id that is a number', written({ id: 1 }), /id/],
  ['an empty id', written({ id: '' }), /^id: it has 0 characters, expected 1 to 6000$/],
  ['an id of 6,001 characters', written({ id: 'x'.repeat(6_001) }), /^id: it has 6001 characters/],
  ['no sender', written({ from: undefined }), /from/],
  ['a sender that is a text', written({ from: 'a' }), /from/],
  ['a sender without an address', from({ address: undefined }), /address/],
  ['a sender without a birth', from({ birth: undefined }), /birth/],
  ['a sender with an address of 2,001 characters', from({ address: 'x'.repeat(2_001) }), /more than 2000/],
  ['a sender with a birth of 2,001 characters', from({ birth: 'x'.repeat(2_001) }), /more than 2000/],
  ...[0, -1, 1.5, 2 ** 53, 1e300].map((number): [string, string, RegExp] => [
    `the number ${number}`,
    from({ number }),
    /^from.number: .* is not a message number; they count from 1$/,
  ]),
  ['a number that is a text', from({ number: '1' }), /number/],
  ['a number that is beyond all', from({}).replace('"number":1', '"number":1e999'), /number/],
  ['no event', written({ event: undefined }), /^neither envelope nor event: event: /],
  ['an event that is null', written({ event: null }), /^event: its type/],
  ['an event that is a text', written({ event: 'GO' }), /^event: its type/],
  ['an event without a type', written({ event: { kind: 'GO' } }), /^event: its type/],
  ['an event of an empty type in it', written({ event: { type: '' } }), /^event: its type/],
  ['an event that is too deep', `{"type":"GO","deep":${deep(MAX_JSON_DEPTH)}}`, /nested more than 64 levels/],
  [
    'an envelope that is too deep',
    `{"id":"x","from":null,"event":{"type":"GO","deep":${deep(63)}}}`,
    /nested/,
  ],
  ['a list of a hundred thousand levels', deep(100_000), /nested more than 64 levels/],
  ['a torn list of many levels', '['.repeat(100_000), /nested more than 64 levels/],
  ['too many bytes', `{"type":"${'x'.repeat(ENVELOPE_LIMIT)}"}`, /^\d+ bytes, at most 1000000$/],
]

describe('a message', () => {
  test.each(refused)('of %s is refused with the reason', (_, payload, reason) => {
    const decoded = decode(payload)
    expect(decoded).toEqual({ kind: 'undecodable', error: expect.stringMatching(reason) })
    if (decoded.kind !== 'mail') expect(decoded.error.length).toBeLessThan(2_500)
  })

  test.each(refused.filter(([, payload]) => payload.length < ENVELOPE_LIMIT && typeof payload === 'string'))(
    'of %s behind a sound one is refused as a whole, and tells which it is',
    (_, payload) => {
      const decoded = decode(`${SEPARATOR}${written({})}${SEPARATOR}${payload}`)
      expect(decoded).toEqual({ kind: 'undecodable', error: expect.stringMatching(/^message 2 of 2: /) })
    },
  )

  const taken: [string, string][] = [
    ['an id of 6,000 characters', written({ id: 'x'.repeat(6_000) })],
    ['names of 2,000 characters', from({ address: 'x'.repeat(2_000), birth: 'x'.repeat(2_000) })],
    ['the greatest number', from({ number: 2 ** 53 - 1 })],
    ['a type of 1,000 characters', JSON.stringify({ type: 'x'.repeat(1_000) })],
    ['an event just not too deep', `{"type":"GO","deep":${deep(MAX_JSON_DEPTH - 1)}}`],
    ['blanks around it', ` \r\n\t${written({})}\n`],
    ['keys that are repeated: the last counts', '{"type":"","type":"GO"}'],
    ['an event from outside without an envelope', '{"type":"GO"}'],
    ['an envelope from outside', written({ from: null })],
  ]
  test.each(taken)('with %s is taken', (_, payload) => {
    expect(decode(payload)).toMatchObject({ kind: 'mail', envelopes: [{ to: 'an.actor' }] })
  })

  test('is measured in bytes, not in characters, and one at the limit is taken', () => {
    const text = JSON.stringify({ type: 'GO', text: 'ü'.repeat(1_000) })
    const bytes = Buffer.byteLength(text)
    expect(decode(text, bytes)).toMatchObject({ kind: 'mail' })
    expect(decode(text, bytes - 1)).toEqual({
      kind: 'undecodable',
      error: `${bytes} bytes, at most ${bytes - 1}`,
    })
  })

  test('of another member has a limit of values, one of the own unit has not', () => {
    const values = `{"type":"GO","list":[${'1,'.repeat(MAX_JSON_VALUES)}1]}`
    expect(decode(values)).toMatchObject({ kind: 'mail' })
    expect(decode(values, MEMBER_LIMIT)).toMatchObject({
      error: expect.stringMatching(/more than 50000 values/),
    })
    const allowed = `{"type":"GO","list":[${'1,'.repeat(MAX_JSON_VALUES - 4)}1]}`
    expect(decode(allowed, MEMBER_LIMIT)).toMatchObject({ kind: 'mail' })
  })

  test('may have any bytes: it is mail or a reason, and nothing is thrown', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .tuple(
          fc.constantFrom(written({}), SEPARATOR + written({})),
          fc.nat(),
          fc.uint8Array({ maxLength: 3 }),
        )
        .map(([text, at, other]) => {
          const cut = at % text.length
          return Buffer.concat([Buffer.from(text.slice(0, cut)), other, Buffer.from(text.slice(cut))])
        }),
    )
    fc.assert(
      fc.property(bytes, (each) => {
        const decoded = decode(each)
        if (decoded.kind === 'mail')
          for (const { event } of decoded.envelopes) expect(event.type).toBeTruthy()
        else expect(decoded.error).not.toBe('')
      }),
      { numRuns: 500 },
    )
  })

  test('is shown as text, and a long one is cut with its length', () => {
    expect(excerpt(Buffer.from('short ü'))).toBe('short ü')
    expect(excerpt(Buffer.from('x'.repeat(2_000)))).toBe('x'.repeat(2_000))
    expect(excerpt(Buffer.from('x'.repeat(2_001)))).toBe(`${'x'.repeat(2_000)}… (2001 bytes)`)
    expect(excerpt(new Uint8Array([0xff, 0x41]))).toBe('\ufffdA')
    // A view into a larger buffer shows only its own bytes.
    expect(excerpt(new Uint8Array(Buffer.from('abcdef')).subarray(2, 4))).toBe('cd')
  })
})

describe('mail that is sent together', () => {
  const all = (count: number, size = 1): Envelope[] =>
    Array.from({ length: count }, (_, at) =>
      envelope({ id: `m${at}`, event: { type: 'GO', text: 'x'.repeat(size) } }),
    )

  test('is at most 64 messages', () => {
    expect(decode(encodeMail(all(MAX_TOGETHER)))).toMatchObject({ kind: 'mail' })
    expect(() => encodeMail(all(MAX_TOGETHER + 1))).toThrow('65 messages together, at most 64')
  })

  test('is limited in all its bytes, and the error counts the others', () => {
    expect(() => encodeMail(all(2, 600_000))).toThrow(/^mail m0 \(GO\) and 1 more together has \d+ bytes/)
    expect(() => encodeMail(all(1, ENVELOPE_LIMIT))).toThrow(
      /^mail m0 \(GO\) has \d+ bytes, at most 1000000 can be sent; store large values elsewhere/,
    )
    expect(() => encodeMail(all(1, 950_000), MEMBER_LIMIT)).toThrow(/at most 900000/)
  })

  test.each([
    ['to another receiver', { to: 'other' }],
    ['of another sender', { from: { address: 'other', birth: 'b1', number: 1 } }],
    ['from outside', { from: null }],
  ])('%s is a mistake of the sender', (_, other) => {
    const odd = envelope(other)
    expect(() => encodeMail([envelope(), odd])).toThrow(RangeError)
    expect(() => encodeMail([odd, envelope()])).toThrow(RangeError)
    // Alone it is sound.
    expect(decode(encodeMail([odd]))).toMatchObject({ kind: 'mail' })
  })

  test('of several births of one sender may travel together', () => {
    const later = envelope({ from: { address: 'a.sender', birth: 'b2', number: 1 } })
    expect(decode(encodeMail([envelope(), later]))).toMatchObject({
      envelopes: [{}, { from: { birth: 'b2' } }],
    })
  })

  test('of nothing is a mistake', () => {
    expect(() => encodeMail([])).toThrow('no envelope to publish')
    expect(() => envelopesOf([])).toThrow(RangeError)
  })

  test('is known by all its ids in their order', () => {
    const ids = fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(ids, ids, (one, other) => {
        const known = (list: readonly string[]): string => duplicateId(list.map((id) => envelope({ id })))
        expect(known(one) === known(other)).toBe(JSON.stringify(one) === JSON.stringify(other))
      }),
    )
    expect(duplicateId(envelope({ id: 'x' }))).toBe('x')
    expect(duplicateId([envelope({ id: 'x' })])).toBe('x')
  })
})

describe('a sender', () => {
  const trust: Trust = {
    own: 'main',
    unitOf: (address) => (address.startsWith('a.') ? 'node-a.7' : address === '' ? '' : 'main'),
    outside: ['operator'],
  }
  const ofNode = envelope({ from: { address: 'a.worker', birth: 'b', number: 1 } })
  const ofHome = envelope({ from: { address: 'system', birth: 'b', number: 1 } })
  const ofNobody = envelope({ from: null })

  const cases: [string, string, Envelope[], string | undefined][] = [
    ['home speaks for anybody', 'main', [ofHome, ofNode, ofNobody], undefined],
    ['a node speaks for its actors', 'node-a', [ofNode], undefined],
    ['a node does not speak for home', 'node-a', [ofHome], "its sender is 'system', but 'node-a' sent it"],
    [
      'another node does not speak for it',
      'node-b',
      [ofNode],
      "its sender is 'a.worker', but 'node-b' sent it",
    ],
    [
      'a node is told by its name without its incarnation',
      'node-a.7',
      [ofNode],
      "its sender is 'a.worker', but 'node-a.7' sent it",
    ],
    ['a node does not speak from outside', 'node-a', [ofNobody], "'node-a' may not send mail from outside"],
    ['an operator speaks from outside', 'operator', [ofNobody], undefined],
    [
      'an operator speaks for no actor',
      'operator',
      [ofHome],
      "its sender is 'system', but 'operator' sent it",
    ],
    [
      'one who hides behind a sound one is found',
      'node-a',
      [ofNode, ofHome],
      "its sender is 'system', but 'node-a' sent it",
    ],
    ['nobody speaks for nothing', '', [ofHome], "its sender is 'system', but '' sent it"],
  ]
  test.each(cases)('%s', (_, sender, envelopes, reason) => {
    expect(forgery(envelopes, sender, trust)).toBe(reason)
  })

  test('of another member has a lower limit than those who may speak from outside', () => {
    expect(['main', 'operator', 'node-a', ''].map((sender) => limitFor(sender, trust))).toEqual([
      ENVELOPE_LIMIT,
      ENVELOPE_LIMIT,
      MEMBER_LIMIT,
      MEMBER_LIMIT,
    ])
  })
})
