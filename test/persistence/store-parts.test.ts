// The parts of a store by themselves: keys, the fence, batches, and the index of rows.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Batches } from '../../persistence/batches.ts'
import type { Operation } from '../../persistence/database.ts'
import { Fence } from '../../persistence/fence.ts'
import {
  actorKey,
  below,
  escaped,
  everything,
  journalKey,
  keyOf,
  nameAt,
  numberAt,
  partsOf,
  under,
  unescaped,
} from '../../persistence/keys.ts'
import { outboxEntryOf, outboxKey } from '../../persistence/outbox.ts'
import { RowIndex } from '../../persistence/row-index.ts'
import { newborn, step } from './actor.ts'

const unit = fc.constantFrom(
  'a',
  'b',
  '!',
  '"',
  '#',
  '%',
  '~',
  '.',
  ' ',
  '\n',
  '\0',
  'ü',
  '🌲',
  '\ud800',
  '0',
)
const name = fc.oneof(fc.string({ unit, maxLength: 8 }), fc.string({ unit: 'binary', maxLength: 8 }))
const isIn = (key: string, { gte, lt }: { gte: string; lt: string }): boolean => gte <= key && key < lt

describe('keys', () => {
  test('give each name back, and never the same text for two names', () => {
    fc.assert(
      fc.property(name, name, (one, other) => {
        expect(unescaped(escaped(one))).toBe(one)
        expect(escaped(one) === escaped(other)).toBe(one === other)
        expect(partsOf(keyOf('x', one, other)).map(unescaped)).toEqual(['x', one, other])
      }),
    )
  })

  test('are ASCII, so they sort the same as texts and as bytes', () => {
    fc.assert(
      fc.property(name, name, (one, other) => {
        const [left, right] = [keyOf('x', one), keyOf('x', other)]
        expect(left).toMatch(/^[!-~]+$/)
        expect(Math.sign(Buffer.compare(Buffer.from(left), Buffer.from(right)))).toBe(
          left < right ? -1 : left > right ? 1 : 0,
        )
      }),
    )
  })

  test('below a name are in its range, and those of no other name are', () => {
    fc.assert(
      fc.property(name, name, name, (one, other, inner) => {
        const key = keyOf(actorKey(one), inner)
        expect(isIn(key, below(actorKey(one)))).toBe(true)
        expect(isIn(key, everything)).toBe(true)
        expect(isIn(key, below(actorKey(other)))).toBe(one === other)
        expect(isIn(key, below(journalKey(one)))).toBe(false)
        expect(isIn(actorKey(one), below(actorKey(one)))).toBe(false)
      }),
    )
  })

  test('with numbers sort as numbers and give them back', () => {
    const number = fc.nat({ max: 10 ** 15 - 1 })
    fc.assert(
      fc.property(number, number, (one, other) => {
        const [left, right] = [keyOf('x', one), keyOf('x', other)]
        expect(left < right).toBe(one < other)
        expect(numberAt(left, 1)).toBe(one)
      }),
    )
    for (const odd of [
      'x',
      'x!',
      'x!1',
      'x!1e15',
      `x!-${'1'.padStart(15, '0')}`,
      `x!${'1'.padStart(17, '0')}`,
    ])
      expect(() => numberAt(odd, 1)).toThrow(`under '${odd}'`)
  })

  test('give the name at a place', () => {
    const key = under(actorKey('a!b'), 'record')
    expect(nameAt(key, 'actor!'.length)).toBe('a%0021b')
    expect(nameAt(key, actorKey('a!b').length + 1)).toBe('record')
  })

  test('of effects sort by the decision and give the whole key back, also one of another shape', () => {
    const keys = ['a/b1/9/1', 'a/b1/10/0', 'a/b1/10/0!1', 'a/b1/10/2']
    const rows = keys.map((key) => outboxKey('actor!a', key))
    expect(rows.toSorted()).toEqual(rows)
    for (const [at, row] of rows.entries())
      expect(outboxEntryOf([row, '{"kind":"mail"}'])).toEqual({ key: keys[at], effect: { kind: 'mail' } })
    fc.assert(
      fc.property(name, (odd) => {
        expect(outboxEntryOf([outboxKey('actor!a', odd), '{"kind":"x"}']).key).toBe(odd)
      }),
    )
  })
})

describe('the fence', () => {
  const stored = { epoch: 3, birth: 'b1', sequence: 5 }
  const at5 = { ...newborn('a'), sequence: 5 }

  const cases: [string, ReturnType<typeof step>, RegExp | undefined][] = [
    ['the next step', step(at5, {}, { epoch: 3 }), undefined],
    ['the next step in a newer epoch', step(at5, {}, { epoch: 9 }), undefined],
    ['a step of an older epoch', step(at5, {}, { epoch: 2 }), /epoch 2 refused: epoch 3/],
    ['a step from an earlier record', step({ ...at5, sequence: 4 }, {}, { epoch: 3 }), /from b1#4, but b1#5/],
    ['a step from a later record', step({ ...at5, sequence: 6 }, {}, { epoch: 3 }), /from b1#6, but b1#5/],
    ['a step from another birth', step({ ...at5, birth: 'b0' }, {}, { epoch: 3 }), /from b0#5, but b1#5/],
    [
      'a step whose entry has another number',
      { ...step(at5, {}, { epoch: 3 }), entry: { sequence: 7, at: 1, message: {} as never } },
      /sequence 6 instead of 6|would break its journal/,
    ],
    [
      'bookkeeping that moves on',
      { ...step(at5, {}, { epoch: 3 }), entry: undefined } as never,
      /would break/,
    ],
    ['a new birth', step({ ...newborn('a'), birth: 'b2' }, {}, { epoch: 3 }), undefined],
    [
      'a new birth that begins later',
      step({ ...newborn('a'), birth: 'b2', sequence: 1 }, {}, { epoch: 3 }),
      /from b2#1/,
    ],
  ]
  test.each(cases)('%s', (_, commit, refusal) => {
    const fence = new Fence(() => stored)
    if (refusal) expect(() => fence.check(commit)).toThrow(refusal)
    else expect(fence.check(commit)).toEqual(stored)
  })

  test('reads an actor once, and then knows it by what was admitted', () => {
    let loads = 0
    const fence = new Fence(() => {
      loads += 1
      return undefined
    })
    const first = step(newborn('a'))
    expect(fence.check(first)).toBeUndefined()
    fence.admitted(first)
    expect(fence.check(step(first.after))).toEqual({ epoch: 1, birth: 'b1', sequence: 1 })
    expect(loads).toBe(1)
  })

  test('takes a removed actor for new at once, also while its rows are still there', () => {
    const fence = new Fence(() => stored)
    fence.removing('a')
    expect(() => fence.check(step(at5, {}, { epoch: 3 }))).toThrow(/it was removed/)
    expect(fence.check(step(newborn('a')))).toBeUndefined()
    fence.removed('a')
    expect(fence.check(step(at5, {}, { epoch: 3 }))).toEqual(stored)
  })

  test('keeps an actor that was begun again while its removal was written', () => {
    const fence = new Fence(() => undefined)
    fence.removing('a')
    const first = step(newborn('a'))
    fence.check(first)
    fence.admitted(first)
    fence.removed('a')
    expect(fence.check(step(first.after))).toMatchObject({ sequence: 1 })
  })
})

describe('batches', () => {
  type Rows = ReadonlyMap<string, string | undefined>

  /** Batches over a disk that is written when told so. */
  function slow(): { batches: Batches; written: Rows[]; next: PromiseWithResolvers<void>[] } {
    const written: Rows[] = []
    const next: PromiseWithResolvers<void>[] = []
    const batches = new Batches((rows) => {
      written.push(rows)
      const turn = Promise.withResolvers<void>()
      next.push(turn)
      return turn.promise
    })
    return { batches, written, next }
  }
  const turn = () => new Promise((done) => setImmediate(done))
  const put = (key: string, text = '1'): Operation[] => [[key, text]]

  test('collect what is asked for while one is written, and write it in one', async () => {
    const { batches, written, next } = slow()
    const first = batches.add(put('a'))
    await turn()
    const others = [batches.add(put('b')), batches.add(put('c')), batches.add(put('b', '2'))]
    await turn()
    expect(written.map((rows) => [...rows])).toEqual([[['a', '1']]])
    next[0]?.resolve()
    await first
    await turn()
    expect([...(written[1] ?? [])]).toEqual([
      ['b', '2'],
      ['c', '1'],
    ])
    next[1]?.resolve()
    await Promise.all(others)
  })

  test('give a plan all that was asked for before it, and nothing after it goes first', async () => {
    const order: string[] = []
    const batches = new Batches(async (rows) => void order.push(...rows.keys()))
    const plan = async (): Promise<Operation[]> => {
      order.push(`plan after ${order.length}`)
      return put('planned')
    }
    await Promise.all([
      batches.add(put('a')),
      batches.add(put('b')),
      batches.add(plan),
      batches.add(put('c')),
    ])
    expect(order).toEqual(['a', 'b', 'plan after 2', 'planned', 'c'])
  })

  test('write what can wait with the next batch, or alone soon', async () => {
    const written: string[][] = []
    const batches = new Batches(async (rows) => void written.push([...rows.keys()]))
    const lazily = batches.addLazily(put('lazy'))
    await batches.add(put('a'))
    await lazily
    expect(written).toEqual([['lazy', 'a']])
    await batches.addLazily(put('alone'))
    expect(written.at(-1)).toEqual(['alone'])
  })

  test('that are flushed have written what can wait', async () => {
    const written: string[] = []
    const batches = new Batches(async (rows) => void written.push(...rows.keys()))
    void batches.addLazily(put('lazy'))
    await batches.flush()
    expect(written).toEqual(['lazy'])
    await batches.flush()
  })

  test('of nothing resolve without a write', async () => {
    let writes = 0
    const batches = new Batches(async () => {
      writes += 1
    })
    await batches.add([])
    await batches.add(async () => [])
    expect(writes).toBe(0)
  })

  test.each(['write', 'plan'])('after a failed %s fail all that waited and accept nothing', async (which) => {
    const failure = new Error('the disk is gone')
    const fail = async (): Promise<never> => {
      throw failure
    }
    const batches = new Batches(which === 'write' ? fail : async () => {})
    const asked = [
      batches.add(which === 'plan' ? fail : put('a')),
      batches.add(async () => put('b')),
      batches.addLazily(put('c')),
    ]
    for (const result of await Promise.allSettled(asked)) expect(result).toMatchObject({ reason: failure })
    expect(batches.failure).toBe(failure)
    await expect(batches.add(put('d'))).rejects.toBe(failure)
    await batches.flush()
  })

  test('turn a thrown text into an error, and keep the first failure', async () => {
    const batches = new Batches(() => Promise.reject('a text'))
    await expect(batches.add(put('a'))).rejects.toThrow('a text')
    batches.fail(new Error('later'))
    expect(batches.failure?.message).toBe('a text')
  })

  test('hold at most some 10,000 rows each', async () => {
    const sizes: number[] = []
    const batches = new Batches(async (rows) => void sizes.push(rows.size))
    const all = Array.from({ length: 25 }, (_, at) =>
      batches.add(Array.from({ length: 1_000 }, (_, row): Operation => [`${at}!${row}`, '1'])),
    )
    await Promise.all(all)
    expect(sizes).toEqual([10_000, 10_000, 5_000])
  })
})

describe('the index of rows', () => {
  test('never misses a row that a map of sets has', () => {
    const key = fc.constantFrom('x', 'y', 'z')
    const change = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), keys: fc.array(key, { maxLength: 3 }) }),
      fc.record({ kind: fc.constant('ask' as const), keys: fc.array(key, { maxLength: 3 }) }),
      fc.record({ kind: fc.constant('done' as const) }),
    )
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const index = new RowIndex()
        index.born('a')
        const rows = new Set<string>()
        const waiting: { keys: string[]; asked: number }[] = []
        for (const each of changes) {
          if (each.kind === 'add') {
            index.added('a', each.keys)
            for (const added of each.keys) rows.add(added)
          } else if (each.kind === 'ask') {
            for (const gone of each.keys) rows.delete(gone)
            waiting.push({ keys: each.keys, asked: index.now })
          } else {
            const first = waiting.shift()
            if (first) index.gone('a', first.keys, first.asked)
          }
          expect([...(index.get('a') ?? [])]).toEqual(expect.arrayContaining([...rows]))
        }
        for (const { keys, asked } of waiting) index.gone('a', keys, asked)
        expect(new Set(index.get('a'))).toEqual(rows)
      }),
    )
  })

  test('knows nothing of actors that were not born here, were removed, or were too many', () => {
    const index = new RowIndex()
    index.added('a', ['x'])
    expect(index.get('a')).toBeUndefined()
    index.born('a')
    index.added('a', ['x'])
    expect([...(index.get('a') ?? [])]).toEqual(['x'])
    index.removed('a')
    expect(index.get('a')).toBeUndefined()
    index.born('first')
    for (let at = 0; at < 100_000; at += 1) index.born(`a${at}`)
    expect(index.get('first')).toBeUndefined()
    expect([...(index.get('a99999') ?? ['none'])]).toEqual([])
  })
})
