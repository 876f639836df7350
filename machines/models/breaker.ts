// Breaker
//
// Owns:   whether a model may be called while it fails: closed, open, half open. Times arrive inside events.
// Leaves: which failures count, who waits and who asks another model (providers/governor/).
//
// K1. Open, nothing is sent until its time is over; then one probe at a time, and no other call beside it.
// K2. What comes back of a call that was sent before it opened says nothing about the model now: it is passed over.
// K3. Each opening in a row lasts twice as long, up to the most; closing forgets that. It never stays open for ever.

import { assign, setup } from 'xstate'
import { z } from 'zod'
import { backoff, defineActor, enter, type Snapshot, step } from '../../kernel/index.ts'

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
export type BreakerSettings = z.infer<typeof breakerSettingsSchema>

const at = z.number()
const events = z.discriminatedUnion('type', [
  /** Somebody wants to call. */
  z.object({ type: z.literal('ASKED'), at }),
  z.object({ type: z.literal('SUCCEEDED') }),
  z.object({ type: z.literal('FAILED'), at }),
  z.object({ type: z.literal('PROBE.SUCCEEDED') }),
  z.object({ type: z.literal('PROBE.FAILED'), at }),
  /** It ended without saying anything about the model: it was given up, or told to come later. */
  z.object({ type: z.literal('PROBE.DROPPED') }),
])
export type BreakerEvent = z.infer<typeof events>

interface Context {
  readonly settings: BreakerSettings
  /** When the last calls failed, since the last success. */
  readonly failures: readonly number[]
  /** Times it opened since it was closed. */
  readonly openings: number
  /** Not before this it is half open. */
  readonly until: number
  readonly probed: number
}

const machine = setup({
  types: { input: {} as BreakerSettings, context: {} as Context, events: {} as BreakerEvent },
  actions: {
    count: assign(({ context }, now: number) => ({ failures: recent(context, now) })),
    forget: assign({ failures: [], openings: 0, probed: 0 }),
    open: assign(({ context: { settings, openings } }, now: number) => ({
      failures: [],
      probed: 0,
      openings: openings + 1,
      until: now + backoff(openings + 1, { firstMs: settings.openMs, maxMs: settings.mostOpenMs }),
    })),
    countProbe: assign({ probed: ({ context }) => context.probed + 1 }),
  },
  guards: {
    isTooMany: ({ context }, now: number) => recent(context, now).length >= context.settings.failures,
    isOver: ({ context }, now: number) => now >= context.until,
    isLastProbe: ({ context }) => context.probed + 1 >= context.settings.probes,
  },
}).createMachine({
  id: 'breaker',
  context: ({ input }) => ({ settings: input, failures: [], openings: 0, until: 0, probed: 0 }),
  initial: 'closed',
  states: {
    closed: {
      entry: 'forget',
      on: {
        SUCCEEDED: { actions: 'forget' },
        FAILED: [
          { guard: { type: 'isTooMany', params: ({ event }) => event.at }, target: 'open' },
          { actions: { type: 'count', params: ({ event }) => event.at } },
        ],
      },
    },
    open: {
      entry: {
        type: 'open',
        params: ({ event }) => (event.type === 'FAILED' || event.type === 'PROBE.FAILED' ? event.at : 0),
      },
      on: { ASKED: { guard: { type: 'isOver', params: ({ event }) => event.at }, target: 'probing' } },
    },
    /** Half open: the next that asks is the probe. */
    ready: { on: { ASKED: 'probing' } },
    probing: {
      on: {
        'PROBE.SUCCEEDED': [
          { guard: 'isLastProbe', target: 'closed' },
          { target: 'ready', actions: 'countProbe' },
        ],
        'PROBE.FAILED': 'open',
        'PROBE.DROPPED': 'ready',
      },
    },
  },
})

/** Its chart and mail, to be walked and shown; a governor steps it by `breakerAfter`. */
export const breakerActor = defineActor({ kind: 'breaker', machine, events })

/** A breaker as it is now; each event makes a new one. */
export interface Breaker {
  readonly state: 'closed' | 'open' | 'ready' | 'probing'
  /** When it is open: the first moment at which a probe may be sent. */
  readonly until: number
  readonly snapshot: Snapshot
}

export function newBreaker(settings: BreakerSettings): Breaker {
  return breakerOf(enter(machine, settings).snapshot)
}

export function breakerAfter(breaker: Breaker, event: BreakerEvent): Breaker {
  return breakerOf(step(machine, breaker.snapshot, event, []).snapshot)
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

function breakerOf(snapshot: Snapshot): Breaker {
  const { until } = snapshot.context as object as Context
  return { state: snapshot.value as Breaker['state'], until, snapshot }
}

/** With this one; those that no longer matter are left out. */
function recent({ failures, settings }: Context, now: number): number[] {
  return [...failures, now].filter((each) => each > now - settings.windowMs).slice(-settings.failures)
}
