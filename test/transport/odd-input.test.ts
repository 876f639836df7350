// Whatever comes through the public doors of mail and control: it is refused with a reason or given on whole, and nothing
// throws, hangs or changes what all objects have.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_JSON_DEPTH } from '../../kernel/index.ts'
import { type Delivery, openMemoryControl, openMemoryMail, type Undecodable } from '../../transport/index.ts'
import { isPolluted, noJson, oddValues } from '../attacks/nats/odd-payloads.ts'
import { eventually } from '../eventually.ts'

const KEYS = [
  'id',
  'from',
  'event',
  'type',
  'address',
  'birth',
  'number',
  '__proto__',
  'constructor',
  'toString',
  '',
]

/** Text of JSON as nobody of ours writes it: repeated and strange keys, numbers beyond all bounds, lone surrogates. */
const jsonText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => {
  const key = fc.oneof(fc.constantFrom(...KEYS), fc.string({ unit: 'binary', maxLength: 5 }))
  const object = fc
    .array(fc.tuple(key, tie('value')), { maxLength: 6 })
    .map((fields) => `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`)
  const array = fc.array(tie('value'), { maxLength: 4 }).map((values) => `[${values.join(',')}]`)
  return {
    value: fc.oneof(
      { depthSize: 'small' },
      fc.oneof(fc.constantFrom(...oddValues), fc.json({ maxDepth: 1 })),
      object,
      array,
    ),
  }
}).value

const envelopeText: fc.Arbitrary<string> = fc
  .tuple(jsonText, jsonText, jsonText, jsonText, jsonText)
  .map(
    ([id, address, birth, number, event]) =>
      `{"id":${id},"from":{"address":${address},"birth":${birth},"number":${number}},"event":${event}}`,
  )
const payload = fc.oneof(
  jsonText,
  envelopeText,
  fc.string({ unit: 'binary' }),
  fc.constantFrom(...noJson.map((bytes) => Buffer.from(bytes).toString('latin1'))),
)

test('mail: a delivery has an id, an origin or none, and an event with a type; all else is told why not', async () => {
  const [delivered, refused]: [Delivery[], Undecodable[]] = [[], []]
  const mail = openMemoryMail({ mailboxLimit: 1_000_000 })
  await mail.receive({
    onDelivery: (delivery) => void delivered.push(delivery),
    onUndecodable: (what) => void refused.push(what),
    onSession: () => {},
  })
  let sent = 0
  fc.assert(
    fc.property(payload, (text) => {
      sent += 1
      mail.publishRaw('an.actor', text)
    }),
    { numRuns: 1_000 },
  )
  await eventually(() => delivered.length + refused.length === sent, { what: 'the end of all that was sent' })
  await mail.close()
  expect(isPolluted()).toBe(false)
  for (const { envelope } of delivered) {
    const { id, from, event } = envelope
    expect(id.length).toBeGreaterThan(0)
    expect(event.type.length).toBeGreaterThan(0)
    if (from) expect(Number.isSafeInteger(from.number) && from.number > 0).toBe(true)
    // What goes on through the system can be written again.
    expect(() => structuredClone(JSON.parse(JSON.stringify(event)))).not.toThrow()
  }
  for (const { error } of refused) expect(error.length).toBeLessThan(2_500)
})

test('control: each request has one reply, and a verb gets what JSON says or nothing', async () => {
  const control = openMemoryControl()
  const given: unknown[] = []
  const take = async (value: unknown) => {
    given.push(value)
    return { ok: true, value: null } as const
  }
  await control.serve({ send: take, 'send.*': take })
  const subject = fc.oneof(
    fc.constantFrom(
      'send',
      'send.a.b',
      'send.*',
      'send.>',
      '__proto__',
      'constructor',
      '',
      '.',
      '%00',
      '%C3',
    ),
    fc.string({ unit: 'binary' }),
  )
  await fc.assert(
    fc.asyncProperty(subject, payload, async (verb, text) => {
      const reply = JSON.parse(await control.requestRaw(verb, text))
      expect(reply.ok === true || typeof reply.error.code === 'string').toBe(true)
      expect(reply.ok ? 0 : reply.error.message.length).toBeLessThan(2_500)
    }),
    { numRuns: 1_000 },
  )
  expect(isPolluted()).toBe(false)
  expect(given.length).toBeGreaterThan(0)
  for (const value of given) expect(depthOf(value)).toBeLessThanOrEqual(MAX_JSON_DEPTH)
})

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}
