// The pause before the next attempt, by its rule.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoff } from '../../kernel/index.ts'

const rule = { firstMs: 100, maxMs: 10_000 }

describe('backoff', () => {
  it.each([
    [1, {}, 100],
    [2, {}, 200],
    [3, {}, 400],
    [8, {}, 10_000],
    [100_000, {}, 10_000],
    [3, { factor: 4 }, 1_600],
  ])('after %i failures with %j: %i ms', (failures, more, ms) => {
    expect(backoff(failures, { ...rule, ...more })).toBe(ms)
  })

  it('spreads by its jitter and by nothing else', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), random, (failures, random) => {
        const most = backoff(failures, rule)
        const equal = backoff(failures, rule, { kind: 'equal', random })
        const full = backoff(failures, rule, { kind: 'full', random })
        expect(equal).toBeCloseTo(most / 2 + (random * most) / 2, 6)
        expect(full).toBeCloseTo(random * most, 6)
      }),
    )
  })
})
