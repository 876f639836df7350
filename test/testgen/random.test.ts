// Random: the same seed gives the same sequence for ever, and its numbers are spread evenly.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../testgen/random.ts'

const draw = (seed: string, count: number): readonly number[] => {
  const random = createRandom(seed)
  return Array.from({ length: count }, () => random.next())
}

describe('a seeded generator', () => {
  it.each(['', 'one:src/a.ts', '日本', 'x'.repeat(500)])('repeats itself for the seed %j', (seed) => {
    expect(draw(seed, 50)).toEqual(draw(seed, 50))
  })

  it('gives the sequence of sfc32 after twelve rounds', () => {
    // The algorithm once more, written with big integers.
    const size = 1n << 32n
    const hash = (start: bigint, text: string) =>
      [...text].reduce((value, one) => ((value ^ BigInt(one.charCodeAt(0))) * 16777619n) % size, start)
    const seed = 'canopy'
    let [a, b, c, d] = [2166136261n, 3339451269n, 1013904223n, 907633515n].map((start) =>
      hash(start, seed),
    ) as [bigint, bigint, bigint, bigint]
    const next = () => {
      const sum = (a + b + d) % size
      d = (d + 1n) % size
      a = b ^ (b >> 9n)
      b = (c + (c << 3n)) % size
      c = ((c << 21n) % size) | (c >> 11n)
      c = (c + sum) % size
      return Number(sum) / 2 ** 32
    }
    for (let round = 0; round < 12; round++) next()
    expect(draw(seed, 100)).toEqual(Array.from({ length: 100 }, next))
  })

  it('gives other sequences for other seeds', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 2, maxLength: 8 }), (seeds) => {
        expect(new Set(seeds.map((seed) => draw(seed, 4).join())).size).toBe(seeds.length)
      }),
      { seed: 1 },
    )
  })

  it('stays in its range', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 1000 }), (seed, limit) => {
        const random = createRandom(seed)
        for (let time = 0; time < 50; time++) {
          const [fraction, whole] = [random.next(), random.below(limit)]
          expect(fraction >= 0 && fraction < 1).toBe(true)
          expect(Number.isInteger(whole) && whole >= 0 && whole < limit).toBe(true)
        }
      }),
      { seed: 2 },
    )
  })

  it('picks each item about equally often', () => {
    const random = createRandom('even')
    const counts = new Map<string, number>()
    for (let time = 0; time < 4000; time++) {
      const one = random.pick(['a', 'b', 'c', 'd'])
      counts.set(one, (counts.get(one) ?? 0) + 1)
    }
    expect([...counts.keys()].sort()).toEqual(['a', 'b', 'c', 'd'])
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(130)
  })

  it.each([0, 0.1, 0.5, 0.9, 1])('has a chance of %d as often as it says', (probability) => {
    const random = createRandom('chance')
    let hits = 0
    for (let time = 0; time < 4000; time++) if (random.chance(probability)) hits += 1
    expect(Math.abs(hits / 4000 - probability)).toBeLessThan(0.03)
  })

  it('refuses to pick of nothing', () => {
    expect(() => createRandom('x').pick([])).toThrow('pick needs at least one item')
  })

  it('keeps two generators apart', () => {
    const [one, other] = [createRandom('s'), createRandom('s')]
    const alone = draw('s', 6)
    const mixed = alone.map(() => [one.next(), other.next()])
    expect(mixed).toEqual(alone.map((value) => [value, value]))
  })
})
