// Breaker: what it lets through, told by numbers.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  askBreaker,
  type Breaker,
  type BreakerEvent,
  breakerAfter,
  breakerSettingsSchema,
  newBreaker,
} from '../../../providers/governor/breaker.ts'

const settings = breakerSettingsSchema.parse({ failures: 3, windowMs: 1_000, openMs: 100, mostOpenMs: 350 })

function after(...events: BreakerEvent[]): Breaker {
  return events.reduce(breakerAfter, newBreaker(settings))
}

const failed = (at: number): BreakerEvent => ({ type: 'FAILED', at })
const opened = [failed(1), failed(2), failed(3)]

describe('breaker', () => {
  it('opens at so many failures in a row', () => {
    expect(after(failed(1), failed(2)).state).toBe('closed')
    expect(after(...opened)).toMatchObject({ state: 'open', until: 103 })
  })

  it('a success forgets them, and so does time', () => {
    expect(after(failed(1), failed(2), { type: 'SUCCEEDED' }, failed(3)).state).toBe('closed')
    expect(after(failed(1), failed(2), failed(1_500)).state).toBe('closed')
  })

  it('lets nothing through until its time is over, then one probe', () => {
    const open = after(...opened)
    expect(askBreaker(open, 102).permit).toBe('none')
    const first = askBreaker(open, 103)
    expect(first.permit).toBe('probe')
    expect(askBreaker(first.breaker, 104).permit).toBe('none')
  })

  it('a probe decides', () => {
    const probing = askBreaker(after(...opened), 103).breaker
    const healed = breakerAfter(probing, { type: 'PROBE.SUCCEEDED' })
    expect(healed.state).toBe('closed')
    expect(askBreaker(healed, 104).permit).toBe('call')
    expect(askBreaker(breakerAfter(probing, { type: 'PROBE.DROPPED' }), 104).permit).toBe('probe')
  })

  it('each opening in a row lasts twice as long, up to the most; closing forgets it', () => {
    let breaker = after(...opened)
    const lasted: number[] = []
    for (let round = 0; round < 3; round += 1) {
      const from = breaker.until
      breaker = breakerAfter(askBreaker(breaker, from).breaker, { type: 'PROBE.FAILED', at: from })
      lasted.push(breaker.until - from)
    }
    expect(lasted).toEqual([200, 350, 350])
    const healed = breakerAfter(askBreaker(breaker, breaker.until).breaker, { type: 'PROBE.SUCCEEDED' })
    expect(opened.reduce(breakerAfter, healed).until).toBe(103)
  })

  it('calls from before it opened say nothing', () => {
    const probing = askBreaker(after(...opened), 103).breaker
    expect(breakerAfter(probing, { type: 'SUCCEEDED' }).state).toBe('probing')
    expect(breakerAfter(probing, failed(104))).toMatchObject({ state: 'probing' })
  })

  it('whatever happens, it lets a probe through in the end, and never two at once', () => {
    const step = fc.constantFrom('ask', 'succeed', 'fail', 'drop')
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.nat(400)), { maxLength: 60 }), (steps) => {
        let breaker = newBreaker(settings)
        let now = 0
        let probes = 0
        for (const [what, passed] of steps) {
          now += passed
          if (what === 'ask') {
            const asked = askBreaker(breaker, now)
            breaker = asked.breaker
            if (asked.permit === 'probe') probes += 1
          } else {
            breaker = breakerAfter(breaker, eventOf(what, probes > 0, now))
            probes = 0
          }
          expect(probes).toBeLessThanOrEqual(1)
        }
        if (probes > 0) breaker = breakerAfter(breaker, { type: 'PROBE.DROPPED' })
        expect(askBreaker(breaker, now + settings.mostOpenMs).permit).not.toBe('none')
      }),
    )
  })
})

function eventOf(what: 'succeed' | 'fail' | 'drop', isProbe: boolean, at: number): BreakerEvent {
  if (what === 'drop') return isProbe ? { type: 'PROBE.DROPPED' } : { type: 'SUCCEEDED' }
  if (what === 'succeed') return { type: isProbe ? 'PROBE.SUCCEEDED' : 'SUCCEEDED' }
  return { type: isProbe ? 'PROBE.FAILED' : 'FAILED', at }
}
