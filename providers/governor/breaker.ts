// Breaker
//
// Decides whether a model may be called while it fails: closed, open, ready for a probe, probing. Times arrive inside
// events.
// Leaves: which failures count, which calls wait, which model is asked instead (governor.ts, chain-call.ts).
//
// K1. While it is open nothing is sent until its time is over; then one probe at a time, and no other call beside it.
// K2. The end of a call that was sent before it opened does not say how the model is now: it is ignored.
// K3. Each opening in a row lasts twice as long, up to the maximum; closing forgets that. It never stays open for ever.
//
// Source: M. Nygard, "Release It!", 2nd edition (2018), Circuit Breaker.

import { z } from 'zod'
import { backoff } from '../../kernel/index.ts'

export const breakerSettingsSchema = z.object({
  /** Opens at so many failures with no success between them, none older than the window. */
  failures: z.int().positive().default(5),
  windowMs: z.int().positive().default(60_000),
  openMs: z.int().positive().default(15_000),
  mostOpenMs: z
    .int()
    .positive()
    .default(5 * 60_000),
  /** Closes after so many probes that succeeded. */
  probes: z.int().positive().default(1),
})
type BreakerSettings = z.infer<typeof breakerSettingsSchema>

/** Times in milliseconds of the governor's clock. */
export type BreakerEvent =
  /** A call is about to be made. */
  | { readonly type: 'ASKED'; readonly at: number }
  | { readonly type: 'SUCCEEDED' }
  | { readonly type: 'FAILED'; readonly at: number }
  | { readonly type: 'PROBE.SUCCEEDED' }
  | { readonly type: 'PROBE.FAILED'; readonly at: number }
  /** It ended without an answer about the model: it was given up, or told to come later. */
  | { readonly type: 'PROBE.DROPPED' }

/** Never changed; each event makes a new one. */
export interface Breaker {
  readonly settings: BreakerSettings
  readonly state: 'closed' | 'open' | 'ready' | 'probing'
  /** While it is open: the first moment at which a probe may be sent. */
  readonly until: number
  /** When the last calls failed, since the last success. */
  readonly failures: readonly number[]
  /** Times it opened since it was closed. */
  readonly openings: number
  /** Probes that succeeded since it opened. */
  readonly probed: number
}

export function newBreaker(settings: BreakerSettings): Breaker {
  return { settings, state: 'closed', until: 0, failures: [], openings: 0, probed: 0 }
}

export function breakerAfter(breaker: Breaker, event: BreakerEvent): Breaker {
  switch (breaker.state) {
    case 'closed':
      return afterCall(breaker, event)
    case 'open':
      return event.type === 'ASKED' && event.at >= breaker.until ? { ...breaker, state: 'probing' } : breaker
    case 'ready':
      return event.type === 'ASKED' ? { ...breaker, state: 'probing' } : breaker
    case 'probing':
      return afterProbe(breaker, event)
    default:
      return breaker.state satisfies never
  }
}

function afterCall(breaker: Breaker, event: BreakerEvent): Breaker {
  if (event.type === 'SUCCEEDED') return newBreaker(breaker.settings)
  if (event.type !== 'FAILED') return breaker
  const failures = recent(breaker, event.at)
  return failures.length >= breaker.settings.failures ? opened(breaker, event.at) : { ...breaker, failures }
}

function afterProbe(breaker: Breaker, event: BreakerEvent): Breaker {
  const { settings, probed } = breaker
  switch (event.type) {
    case 'PROBE.SUCCEEDED':
      if (probed + 1 >= settings.probes) return newBreaker(settings)
      return { ...breaker, state: 'ready', probed: probed + 1 }
    case 'PROBE.FAILED':
      return opened(breaker, event.at)
    case 'PROBE.DROPPED':
      return { ...breaker, state: 'ready' }
    default:
      return breaker
  }
}

function opened({ settings, openings }: Breaker, now: number): Breaker {
  const pause = backoff(openings + 1, { firstMs: settings.openMs, maxMs: settings.mostOpenMs })
  return { settings, state: 'open', until: now + pause, failures: [], openings: openings + 1, probed: 0 }
}

/** With this one; those older than the window, or more than matter, are left out. */
function recent({ failures, settings }: Breaker, now: number): number[] {
  return [...failures, now].filter((each) => each > now - settings.windowMs).slice(-settings.failures)
}

/** Whether one call may be sent now, and as what (K1). */
export function askBreaker(
  breaker: Breaker,
  now: number,
): { readonly breaker: Breaker; readonly permit: 'call' | 'probe' | 'none' } {
  if (breaker.state === 'closed') return { breaker, permit: 'call' }
  const after = breakerAfter(breaker, { type: 'ASKED', at: now })
  const isProbe = breaker.state !== 'probing' && after.state === 'probing'
  return { breaker: after, permit: isProbe ? 'probe' : 'none' }
}
