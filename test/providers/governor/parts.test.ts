// The governor's parts: room for calls, turns, the pause before a retry.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Concurrency, lowered, newConcurrency, raised } from '../../../providers/governor/concurrency.ts'
import { FairQueue } from '../../../providers/governor/fair-queue.ts'
import { pauseBeforeRetry } from '../../../providers/governor/retry-pause.ts'
import { governorSettingsSchema } from '../../../providers/governor/settings.ts'

describe('concurrency', () => {
  const happening = fc.record({ fails: fc.boolean(), underWay: fc.nat(80), ago: fc.nat(20) })

  it('stays between one and the most, grows by at most one, halves at most', () => {
    fc.assert(
      fc.property(fc.array(happening), fc.integer({ min: 1, max: 64 }), (happenings, most) => {
        let now = newConcurrency({ first: 8, most })
        for (const [at, { fails, underWay, ago }] of happenings.entries()) {
          const before: Concurrency = now
          now = fails ? lowered(before, at - ago, at) : raised(before, underWay)
          expect(now.allowed).toBeGreaterThanOrEqual(1)
          expect(now.allowed).toBeLessThanOrEqual(most)
          expect(now.allowed).toBeLessThanOrEqual(before.allowed + 1)
          expect(now.allowed).toBeGreaterThanOrEqual(Math.max(1, before.allowed / 2))
        }
      }),
    )
  })

  it('a burst of failures halves it once', () => {
    const before = newConcurrency({ first: 16, most: 64 })
    const after = [11, 12, 13, 20].reduce((now, call) => lowered(now, call, 20), before)
    expect(after.allowed).toBe(8)
    expect(lowered(after, 21, 25).allowed).toBe(4)
  })

  it('unused room does not grow', () => {
    expect(raised(newConcurrency({ first: 8, most: 64 }), 3).allowed).toBe(8)
  })

  it('after a failure it takes a whole round to grow by one', () => {
    let now = lowered(newConcurrency({ first: 8, most: 64 }), 1, 1)
    for (let call = 0; call < 4; call += 1) now = raised(now, 64)
    expect(now.allowed).toBeGreaterThan(4.8)
    expect(now.allowed).toBeLessThan(5)
  })
})

describe('fair queue', () => {
  function served(queue: FairQueue<string>): string[] {
    const order: string[] = []
    for (let first = queue.first(); first; first = queue.first()) {
      order.push(first.item)
      queue.take(first)
    }
    return order
  }

  it('lanes take turns; within one, first come first served', () => {
    const queue = new FairQueue<string>()
    for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) queue.add(item.slice(0, 1), item)
    expect(served(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3'])
  })

  it('who comes back keeps its turn', () => {
    const queue = new FairQueue<string>()
    const first = queue.add('a', 'a1')
    queue.take(first)
    queue.add('b', 'b1')
    queue.add('a', 'a1 again', first.turn)
    expect(served(queue)).toEqual(['a1 again', 'b1'])
  })

  it('a new lane does not wait for all that others queued, and does not go before what waits longer', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4), { minLength: 1, maxLength: 40 }), (lanes) => {
        const queue = new FairQueue<string>()
        for (const [at, lane] of lanes.entries()) queue.add(`${lane}`, `${lane}:${at}`)
        const order = served(queue)
        const turns = new Map<string, number>()
        const rounds = order.map((item) => {
          const lane = item.slice(0, 1)
          turns.set(lane, (turns.get(lane) ?? 0) + 1)
          return turns.get(lane) ?? 0
        })
        expect(rounds).toEqual(rounds.toSorted((one, other) => one - other))
      }),
    )
  })
})

describe('the pause before a retry', () => {
  const settings = governorSettingsSchema.parse({})

  it('is anywhere up to a ceiling that doubles, and never less than what the vendor asked', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.nat(100_000),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (...of) => {
          const [failed, retryAfter, chance] = of
          const ms = pauseBeforeRetry(settings, failed, () => chance, retryAfter)
          const ceiling = Math.min(settings.mostBackoffMs, settings.firstBackoffMs * 2 ** (failed - 1))
          expect(ms).toBeGreaterThanOrEqual(retryAfter)
          expect(ms).toBeLessThanOrEqual(retryAfter + ceiling + 1)
        },
      ),
    )
  })

  it('a fallback that comes after all tries is refused: it would never be reached', () => {
    const { error } = governorSettingsSchema.safeParse({ tries: 2, fallBackAfter: 3 })
    expect(error?.issues[0]?.path).toEqual(['fallBackAfter'])
  })
})
