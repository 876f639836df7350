// What an actor's context, output, mail and inputs may hold: the step crashes on every value that its store would lose or
// change, and on no other.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assign, createMachine, emit, fromPromise, raise, sendParent, setup, spawnChild } from 'xstate'
import {
  type ActorDefinition,
  type ActorRecord,
  type AdvanceResult,
  advance,
  defineActor,
  type Event,
  newRecord,
  PersistentMap,
  send,
} from '../../kernel/index.ts'

const identity = { address: 'a', kind: 'k', version: 1, parent: 'p', id: 'a', birth: '0', incarnation: 1 }
type Definition = ActorDefinition
interface Given extends Event {
  readonly value: unknown
}

function begun(definition: Definition): ActorRecord {
  const message = { kind: 'started', input: null } as const
  const advanced = advance(definition, newRecord(identity), { sequence: 1, at: 0, message })
  if (!advanced) throw new Error('not taken')
  return advanced.record
}

function take(
  definition: Definition,
  record: ActorRecord,
  value: unknown,
  type = 'SET',
): AdvanceResult | undefined {
  const streamSequence = record.sequence + 1
  const event: Given = { type, value }
  const message = { kind: 'mail', id: `${streamSequence}`, from: null, streamSequence, event } as const
  return advance(definition, record, { sequence: record.sequence + 1, at: 0, message })
}

const given = ({ event }: { event: unknown }): unknown => (event as Given).value
const told = ({ event }: { event: unknown }): Event => ({ type: 'TOLD', value: (event as Given).value })

const holder = defineActor({
  kind: 'k',
  machine: setup({
    types: {} as { context: { held: unknown }; events: Given },
    actors: { work: fromPromise<number, unknown>(async () => 1) },
    actions: { send },
  }).createMachine({
    context: { held: null },
    initial: 'on',
    states: {
      on: {
        on: {
          SET: { actions: assign({ held: given }) },
          MAIL: { actions: { type: 'send', params: (args) => ({ to: 'b', event: told(args) }) } },
          PARENT: { actions: sendParent(told) },
          LATER: { actions: raise(told as never, { delay: 5 }) },
          WORK: { actions: spawnChild('work', { input: given as never }) },
          SAY: { actions: emit(told as never) },
          END: 'over',
        },
      },
      over: { type: 'final', output: given },
    },
    output: ({ event }) => event.output,
  }),
})
const empty = begun(holder)

class Point {
  readonly x = 1
}

const circular: unknown[] = []
circular.push({ circular })

const lost: [string, unknown, RegExp][] = [
  ['a function', () => 1, /context\.held is a function/],
  ['a symbol', Symbol('s'), /context\.held is a symbol/],
  ['a large whole number', 1n, /context\.held is a bigint/],
  ['no number', Number.NaN, /context\.held is NaN/],
  ['a number without end', Number.NEGATIVE_INFINITY, /context\.held is -Infinity/],
  ['a date', new Date(0), /of the class Date/],
  ['a map', new Map(), /of the class Map/],
  ['a set', new Set(), /of the class Set/],
  ['an error', new Error('x'), /of the class Error/],
  ['a regular expression', /x/, /of the class RegExp/],
  ['bytes', new Uint8Array(2), /of the class Uint8Array/],
  ['an object of a class', new Point(), /of the class Point/],
  ['an actor reference', { sessionId: 'x:0', send: 1 }, /is an actor reference/],
  [
    'a list with a hole',
    Object.assign(new Array(3), { 0: 1, 2: 2 }),
    /context\.held\[1\] is undefined, which becomes null/,
  ],
  ['a list with what is undefined', [undefined], /context\.held\[0\] is undefined/],
  ['a deep function', { a: [{ b: () => 1 }] }, /context\.held\.a\[0\]\.b is a function/],
  ['what contains itself', circular, /does it contain itself\?/],
]

describe('a value that a store would lose', () => {
  it.each(lost)('crashes the step that puts %s into the context', (_, value, says) => {
    expect(() => take(holder, empty, value)).toThrow(says)
    expect(() => take(holder, empty, value)).toThrow(/a context is stored as JSON: keep plain values/)
  })

  it.each(lost)('crashes the step that sends, schedules, returns or starts work with %s', (_, value) => {
    for (const type of ['MAIL', 'PARENT', 'LATER', 'WORK', 'END'])
      expect(() => take(holder, empty, { inner: value }, type)).toThrow(/inner/)
  })

  it.each(lost)('crashes the step that puts %s into a persistent map', (_, value) => {
    const map = PersistentMap.fromEntries([['key', value]])
    expect(() => take(holder, empty, map)).toThrow(/^context\.held\["key"\]/)
  })

  it('crashes the step that changes one entry of a large map', () => {
    const entries = Array.from({ length: 500 }, (_, at) => [`task-${at}`, { at }] as const)
    const large: PersistentMap<unknown> = PersistentMap.fromEntries(entries)
    const record = take(holder, empty, large)?.record ?? empty
    const at = new Date(0)
    expect(() => take(holder, record, large.set('task-7', { at }))).toThrow(
      /^context\.held\["task-7"\]\.at is of the class Date/,
    )
    expect(take(holder, record, large.set('task-7', { at: 0 }))).toBeDefined()
    expect(take(holder, record, large.delete('task-7'))).toBeDefined()
  })

  it('crashes the step that hides a persistent map in a value, where it would come back as an object', () => {
    const map = PersistentMap.fromEntries([['a', 1]])
    expect(() => take(holder, empty, { map })).toThrow(/context\.held\.map is a persistent map/)
    expect(() => take(holder, empty, PersistentMap.fromEntries([['a', map]]))).toThrow(/is a persistent map/)
    for (const type of ['MAIL', 'PARENT', 'LATER', 'WORK', 'END'])
      expect(() => take(holder, empty, map, type)).toThrow(/is a persistent map/)
  })

  it('is refused in the initial context when the actor is defined', () => {
    for (const [, value] of lost) {
      const chart = createMachine({ context: { held: value } })
      expect(() => defineActor({ kind: 'k', machine: chart })).toThrow(/context\.held/)
      const mapped = createMachine({ context: { held: PersistentMap.fromEntries([['key', value]]) } })
      expect(() => defineActor({ kind: 'k', machine: mapped })).toThrow(/context\.held\["key"\]/)
    }
  })
})

describe('a value that a store keeps', () => {
  const kept: [string, unknown][] = [
    ['nothing', null],
    ['a text', 'ü\u0000'],
    ['lists in lists', [[], [[1]], ['a']]],
    ['fields that are undefined', { a: undefined, b: 1 }],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 })],
    ['a field that every object inherits', JSON.parse('{"__proto__":1,"constructor":{"a":2}}')],
    ['one object in two places', ((one) => ({ a: one, b: [one] }))({ x: 1 })],
    ['a hundred levels', Array.from({ length: 98 }).reduce((inner) => [inner], 1)],
    ['a persistent map', PersistentMap.fromEntries([['a', { b: [1] }]])],
  ]

  it.each(kept)('may be %s', (_, value) => {
    const next = take(holder, empty, value)
    expect(next?.record.snapshot.context.held).toBe(value)
  })

  it('is exactly a value that JSON gives back', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withBoxedValues: true,
    })
    fc.assert(
      fc.property(anything, (value) => {
        if (isAccepted(value)) expect(isSame(JSON.parse(JSON.stringify({ value })), { value })).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  it('is every value that JSON can write, also inside a persistent map', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, key) => {
        expect(isAccepted(value)).toBe(true)
        expect(isAccepted(PersistentMap.fromEntries([[key, value]]))).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('gives the same step from its JSON as from memory', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (first, second) => {
        const record = take(holder, empty, first)?.record ?? empty
        const stored = { ...record, snapshot: JSON.parse(JSON.stringify(record.snapshot)) }
        for (const type of ['SET', 'MAIL', 'WORK', 'END']) {
          const [one, other] = [take(holder, record, second, type), take(holder, stored, second, type)]
          expect(JSON.stringify(other)).toBe(JSON.stringify(one))
        }
      }),
      { numRuns: 100 },
    )
  })
})

function isAccepted(value: unknown): boolean {
  try {
    take(holder, empty, value)
    return true
  } catch {
    return false
  }
}

/** The same values; a field that is undefined is as one that is not there, and -0 is 0. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null) {
    return one === other
  }
  if (Array.isArray(one) !== Array.isArray(other)) return false
  const [ones, others] = [fieldsOf(one), fieldsOf(other)]
  return ones.length === others.length && ones.every(([key, each]) => isSame(each, Reflect.get(other, key)))
}

function fieldsOf(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, each]) => each !== undefined)
}
