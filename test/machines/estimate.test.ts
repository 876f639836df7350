import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { errorOf, estimate, type Price, type TaskCost } from '../../machines/index.ts'

const price: Price = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75, asOf: '2026-01-01' }
const cost = (tokens: number, size = 0, kind = 'coder'): TaskCost => ({
  kind,
  size,
  tokens,
  microdollars: tokens * 2,
})
const planned = (count: number, size = 0, kind = 'coder') =>
  Array.from({ length: count }, () => ({ kind, size }))

/** Standard normal numbers that a seed determines. */
function normal(seed: number): () => number {
  let state = seed >>> 0
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state + 1) / 4294967297
  }
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
}

describe('an estimate', () => {
  it('without a history is a rough guess, and says so', () => {
    const { from, tokens, microdollars } = estimate(planned(10), [], price)
    expect(from).toBe(0)
    expect(tokens.high / tokens.low).toBeGreaterThan(20)
    expect(microdollars.likely).toBeGreaterThan(0)
    expect(estimate(planned(10), [], null).microdollars).toEqual({ low: 0, likely: 0, high: 0 })
    expect(estimate([], [], price).tokens).toEqual({ low: 0, likely: 0, high: 0 })
  })

  it('comes near to what the same kind took, for its size', () => {
    const history = [
      ...Array.from({ length: 20 }, () => cost(10_000)),
      ...Array.from({ length: 20 }, () => cost(900, 0, 'docs')),
    ]
    const { from, tokens, microdollars } = estimate(planned(10), history, price)
    expect(from).toBe(20)
    expect(tokens.likely).toBeGreaterThan(97_000)
    expect(tokens.likely).toBeLessThan(103_000)
    expect(microdollars.likely / tokens.likely).toBeCloseTo(2, 1)
    expect(estimate(planned(10, 100), history, price).tokens.likely / tokens.likely).toBeCloseTo(2, 1)
  })

  it('takes all kinds when there are too few of one', () => {
    const history = [cost(5_000), cost(6_000), ...[1, 2, 3, 4].map(() => cost(5_500, 0, 'docs'))]
    expect(estimate(planned(4), history, price).from).toBe(6)
    expect(estimate(planned(4), history.slice(0, 3), price).from).toBe(0)
  })

  it('is right in about four of five runs', () => {
    let within = 0
    const runs = 300
    for (let run = 0; run < runs; run += 1) {
      const next = normal(run + 1)
      const took = (): number => Math.exp(10 + 0.8 * next())
      const history = Array.from({ length: 12 }, () => cost(took()))
      const taken = planned(15).reduce((sum) => sum + took(), 0)
      if (errorOf(estimate(planned(15), history, price).tokens, taken).within) within += 1
    }
    expect(within / runs).toBeGreaterThan(0.7)
    expect(within / runs).toBeLessThan(0.93)
  })

  it('is in order, whatever came before', () => {
    const costs = fc.array(
      fc.record({
        kind: fc.constantFrom('a', 'b'),
        size: fc.nat(5_000),
        tokens: fc.nat(1e9),
        microdollars: fc.nat(1e9),
      }),
    )
    fc.assert(
      fc.property(costs, fc.nat(50), (history, count) => {
        for (const { low, likely, high } of Object.values(
          estimate(planned(count, 10, 'a'), history, price),
        ).filter((each) => typeof each === 'object')) {
          expect(Number.isFinite(high)).toBe(true)
          expect(low <= likely && likely <= high).toBe(true)
        }
      }),
    )
  })

  it('is told of how far off it was', () => {
    const interval = { low: 50, likely: 100, high: 200 }
    expect(errorOf(interval, 120)).toEqual({ ratio: 1.2, within: true })
    expect(errorOf(interval, 210)).toEqual({ ratio: 2.1, within: false })
    expect(errorOf({ low: 0, likely: 0, high: 0 }, 5)).toEqual({ ratio: null, within: false })
  })
})
