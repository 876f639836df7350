import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PersistentMap } from '../../kernel/index.ts'

/** Few keys, so that they meet; some that plain objects trip over, and two with the same hash. */
const key = fc.oneof(
  fc.integer({ min: 0, max: 60 }).map((number) => `task-${number}`),
  fc.constantFrom('', '0', '10', '__proto__', 'constructor', 'toString', 'ü', '\ud800', 'a!b', 'a\nb'),
  fc.string(),
)
const change = fc.oneof(
  fc.record({
    kind: fc.constant('set' as const),
    key,
    value: fc.oneof(fc.integer(), fc.constantFrom(null, '', false, [1], { a: 1 })),
  }),
  fc.record({ kind: fc.constant('delete' as const), key }),
)
const changes = fc.array(change, { maxLength: 300, size: 'max' })
const many = { numRuns: 50 }

function play(all: readonly (typeof change extends fc.Arbitrary<infer C> ? C : never)[]) {
  const model = new Map<string, unknown>()
  let map = PersistentMap.empty<unknown>()
  for (const each of all) {
    if (each.kind === 'set') {
      model.set(each.key, each.value)
      map = map.set(each.key, each.value)
    } else {
      model.delete(each.key)
      map = map.delete(each.key)
    }
  }
  return { model, map }
}

function bytes(map: PersistentMap<unknown>): string {
  return JSON.stringify([...map.buckets()])
}

describe('a persistent map', () => {
  test('holds what a Map holds after the same changes', () => {
    fc.assert(
      fc.property(changes, (all) => {
        const { model, map } = play(all)
        expect(map.size).toBe(model.size)
        expect(new Map(map.entries())).toEqual(model)
        for (const [each, value] of model) expect(map.get(each)).toBe(value)
        expect(map.get('never set')).toBeUndefined()
        expect(JSON.parse(JSON.stringify(map))).toEqual(JSON.parse(JSON.stringify(Object.fromEntries(model))))
      }),
      many,
    )
  })

  test('keeps what it was when a change makes another of it', () => {
    fc.assert(
      fc.property(changes, changes, (first, second) => {
        const { map, model } = play(first)
        let other = map
        for (const each of second)
          other = each.kind === 'set' ? other.set(each.key, 0) : other.delete(each.key)
        expect(new Map(map.entries())).toEqual(model)
      }),
      many,
    )
  })

  test('has the same buckets in the same order for the same contents, however they came', () => {
    fc.assert(
      fc.property(changes, fc.infiniteStream(fc.nat()), (all, chance) => {
        const { map, model } = play(all)
        const shuffled = [...model].map((entry) => ({ entry, at: chance.next().value ?? 0 }))
        shuffled.sort((one, other) => one.at - other.at)
        const again = PersistentMap.fromEntries(shuffled.map(({ entry }) => entry))
        expect(bytes(again)).toBe(bytes(map))
        expect([...again.entries()]).toEqual([...map.entries()])
        assert.deepEqual(again, map)
      }),
      many,
    )
  })

  test('comes back from its buckets', () => {
    fc.assert(
      fc.property(changes, (all) => {
        const { map } = play(all)
        assert.deepEqual(PersistentMap.fromBuckets([...map.buckets()]), map)
      }),
      many,
    )
  })

  test('tells the buckets that lead from one map to the other, and no bucket that both share', () => {
    fc.assert(
      fc.property(changes, changes, (first, second) => {
        const { map: before } = play(first)
        const { map: after } = play([...first, ...second])
        const stored = new Map(before.buckets())
        for (const [id, bucket] of PersistentMap.changed(before, after)) {
          expect(bucket).not.toBe(stored.get(id))
          if (bucket) stored.set(id, bucket)
          else expect(stored.delete(id)).toBe(true)
        }
        expect(stored).toEqual(new Map(after.buckets()))
      }),
      many,
    )
  })

  test('writes one small bucket for one change among 20,000', () => {
    const map = PersistentMap.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`task-${at}`, at]))
    expect(map.size).toBe(20_000)
    const changed = [...PersistentMap.changed(map, map.set('task-777', -1))]
    expect(changed).toHaveLength(1)
    expect(changed[0]?.[1]?.length).toBeLessThanOrEqual(8)
    const largest = Math.max(...[...map.buckets()].map(([, bucket]) => bucket.length))
    expect(largest).toBeLessThanOrEqual(8)
  })

  test('keeps keys apart whose hashes are equal', () => {
    const colliding = sameHash()
    const map = PersistentMap.fromEntries(colliding.map((each, at) => [each, at]))
    expect(colliding.map((each) => map.get(each))).toEqual(colliding.map((_, at) => at))
    expect(colliding.reduce((rest, each) => rest.delete(each), map)).toEqual(PersistentMap.empty())
    assert.deepEqual(PersistentMap.fromBuckets([...map.buckets()]), map)
    expect([...map.buckets()]).toHaveLength(1)
  })

  test('keeps its buckets over versions: they are stored', () => {
    const map = PersistentMap.fromEntries(Array.from({ length: 12 }, (_, at) => [`task-${at}`, at]))
    expect(bytes(map)).toMatchInlineSnapshot(
      `"[["0",[["task-7",7]]],["1",[["task-11",11]]],["4",[["task-4",4],["task-5",5]]],["9",[["task-1",1],["task-3",3],["task-8",8]]],["b",[["task-0",0]]],["d",[["task-9",9]]],["e",[["task-10",10],["task-6",6]]],["f",[["task-2",2]]]]"`,
    )
  })

  test('is the same map when nothing changes', () => {
    const value = { attempts: 1 }
    const map = PersistentMap.empty<object>().set('a', value)
    expect(map.set('a', value)).toBe(map)
    expect(map.delete('b')).toBe(map)
    expect([...PersistentMap.changed(map, map)]).toEqual([])
  })

  test('treats undefined as no value, as JSON does', () => {
    const map = PersistentMap.empty<unknown>().set('a', 1)
    expect(map.set('a', undefined)).toEqual(PersistentMap.empty())
  })

  test('refuses buckets that no map could have had', () => {
    const map = PersistentMap.fromEntries(Array.from({ length: 40 }, (_, at) => [`task-${at}`, at]))
    const buckets = [...map.buckets()]
    const [[id, bucket] = ['', []], [otherId, other] = ['', []]] = buckets
    const swapped = [[id, other] as const, [otherId, bucket] as const, ...buckets.slice(2)]
    expect(() => PersistentMap.fromBuckets(swapped)).toThrow(`bucket '${id}'`)
    expect(() => PersistentMap.fromBuckets(buckets.slice(0, 1))).toThrow('is split though')
    expect(() => PersistentMap.fromBuckets([['', bucket], ...buckets])).toThrow('another bucket')
    expect(() => PersistentMap.fromBuckets([['', [...bucket].reverse()]])).toThrow('another bucket')
  })
})

describe('the buckets of a stored map', () => {
  const keys = fc.uniqueArray(fc.string({ maxLength: 6 }), { minLength: 1, maxLength: 60 })
  const damage = fc.record({
    op: fc.constantFrom('drop', 'double', 'swap', 'rename', 'reverse'),
    at: fc.nat(),
    to: fc.nat(),
  })

  test('that were changed are refused, or are those of the map that comes of them', () => {
    fc.assert(
      fc.property(keys, damage, (all, { op, at, to }) => {
        const buckets = [
          ...PersistentMap.fromEntries(all.map((key, value) => [key, value] as const)).buckets(),
        ]
        const [one, other] = [at % buckets.length, to % buckets.length]
        const [id, bucket] = buckets[one] ?? ['', []]
        if (op === 'drop') buckets.splice(one, 1)
        if (op === 'double') buckets.push([id, bucket])
        if (op === 'swap') buckets.splice(one, 1, [id, buckets[other]?.[1] ?? []])
        if (op === 'rename') buckets.splice(one, 1, [`${id}${(to % 16).toString(16)}`, bucket])
        if (op === 'reverse') buckets.splice(one, 1, [id, [...bucket].reverse()])
        let read: PersistentMap<number>
        try {
          read = PersistentMap.fromBuckets(buckets)
        } catch (error) {
          expect((error as Error).message).toMatch(/^bucket '/)
          return
        }
        expect([...read.buckets()]).toEqual(buckets)
        for (const [key, value] of buckets.flatMap(([, entries]) => entries))
          expect(read.get(key)).toBe(value)
      }),
      { numRuns: 500 },
    )
  })
})

/** Sixteen keys with one hash: each pair leads the hash to the same state, so either can stand for the other. */
function sameHash(): string[] {
  const twins = [
    ['76mmiq', '2391dx'],
    ['uuxd08', '19xroen'],
    ['6ah2a5', 'w9gl1q'],
    ['1bhgix', '168vjom'],
  ]
  return twins.reduce((keys, pair) => keys.flatMap((key) => pair.map((text) => key + text)), [''])
}
