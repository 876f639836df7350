// Allowance: whatever the order and delay of what a vendor says, it never sees a call that its limits do not allow.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RateLimit } from '../../../machines/index.ts'
import { Allowance } from '../../../providers/governor/allowance.ts'
import { Quota } from './simulated.ts'

const small = { input: 100, mostOutput: 50, output: 20 }

function heard(limit: RateLimit): Allowance {
  const allowance = new Allowance()
  allowance.settle(allowance.take(small, 0), [limit], 0)
  return allowance
}

describe('allowance', () => {
  it('nothing is held back before a limit is known', () => {
    expect(new Allowance().wait(small, 0)).toBe(0)
  })

  it('what is under way counts, and what is used up comes back at the reset', () => {
    const allowance = heard({ of: 'requests', limit: 10, remaining: 2, resetMs: 500 })
    allowance.take(small, 0)
    expect(allowance.wait(small, 0)).toBe(0)
    allowance.take(small, 0)
    expect(allowance.wait(small, 0)).toBe(1_000)
    expect(allowance.wait(small, 1_000)).toBe(0)
  })

  it('what it says late does not give back what was sent since', () => {
    const allowance = heard({ of: 'requests', limit: 10, remaining: 3, resetMs: 60_000 })
    const first = allowance.take(small, 0)
    allowance.take(small, 0)
    allowance.take(small, 0)
    allowance.settle(first, [{ of: 'requests', limit: 10, remaining: 2, resetMs: 60_000 }], 10)
    expect(allowance.wait(small, 10)).toBeGreaterThan(0)
  })

  it('a call larger than a whole limit goes when all of it is there', () => {
    const limit = { of: 'tokens', limit: 100, remaining: 100, resetMs: 0 } as const
    const allowance = heard(limit)
    expect(allowance.wait(small, 0)).toBe(0)
    allowance.take(small, 0)
    expect(allowance.wait({ input: 1, mostOutput: 1, output: 1 }, 0)).toBeGreaterThan(0)
  })

  it('learns that a vendor gives back bit by bit', () => {
    const allowance = heard({ of: 'requests', limit: 60, remaining: 0, resetMs: 60_000 })
    const told = { of: 'requests', limit: 60, remaining: 1, resetMs: 59_000 } as const
    expect(allowance.wait(small, 2_000)).toBeGreaterThan(50_000)
    allowance.settle(allowance.take(small, 2_000), [told], 2_000)
    allowance.take(small, 2_000)
    expect(allowance.wait(small, 2_000)).toBeLessThan(5_000)
  })

  const call = fc.record({
    input: fc.integer({ min: 1, max: 60 }),
    output: fc.integer({ min: 1, max: 40 }),
    there: fc.nat(3_000),
    back: fc.nat(20_000),
    gap: fc.oneof(fc.nat(2_000), fc.nat(40_000)),
    silent: fc.boolean(),
  })
  type Call = typeof call extends fc.Arbitrary<infer T> ? T : never

  it.each(['bucket', 'window'] as const)('a vendor with a %s never sees too much', (kind) => {
    fc.assert(
      fc.property(
        fc.array(call, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 100, max: 400 }),
        (calls, requests, tokens) => {
          expect(breaches(kind, calls, requests, tokens)).toEqual([])
        },
      ),
      { numRuns: 500 },
    )
  })

  /** Sends each call as soon as it may go; what the vendor was sent beyond its limits. */
  function breaches(kind: 'bucket' | 'window', calls: readonly Call[], requests: number, tokens: number) {
    const allowance = new Allowance()
    const quotas = { requests: new Quota(kind, requests, 0), tokens: new Quota(kind, tokens, 0) }
    const events: { at: number; happen: (now: number) => void }[] = []
    const found: string[] = []
    const runTo = (now: number): void => {
      for (;;) {
        events.sort((one, other) => one.at - other.at)
        if (events[0] === undefined || events[0].at > now) return
        const [next] = events.splice(0, 1)
        next?.happen(next.at)
      }
    }
    const send = (each: Call, now: number, flight: ReturnType<Allowance['take']>): number => {
      const cost = each.input + each.output
      events.push({
        at: now + each.there,
        happen: (at) => {
          if (quotas.requests.left(at) < 1 - 1e-9) found.push(`request at ${at}`)
          if (quotas.tokens.left(at) < Math.min(cost, tokens) - 1e-9) found.push(`${cost} tokens at ${at}`)
          quotas.requests.take(1, at)
          quotas.tokens.take(cost, at)
          const limits = [quotas.requests.told('requests', at), quotas.tokens.told('tokens', at)]
          const word = each.silent ? [] : limits
          events.push({ at: at + each.back, happen: (back) => allowance.settle(flight, word, back) })
        },
      })
      return now + each.there + each.back
    }
    let now = 0
    for (const [at, each] of calls.entries()) {
      const size = { input: each.input, mostOutput: each.output, output: 1 }
      now += each.gap
      runTo(now)
      for (let turns = 0; ; turns += 1) {
        const wait = allowance.wait(size, now)
        if (wait === 0) break
        if (turns > 500) return [`call ${at} waits for ever`]
        now = Math.min(now + wait, Math.max(now, events[0]?.at ?? Number.POSITIVE_INFINITY))
        runTo(now)
      }
      const back = send(at === 0 ? { ...each, silent: false } : each, now, allowance.take(size, now))
      // Until the vendor was heard there is one call at a time.
      if (at === 0) {
        now = back
        runTo(now)
      }
    }
    return found
  }
})
