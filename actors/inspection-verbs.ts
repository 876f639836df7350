// Inspection verbs
//
// Owns:   a viewer's requests: to receive frames (`inspect`, a lease that expires), and a kind's chart.
// Leaves: the frames (inspection.ts), the viewer (dashboard/).

import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { describeIssues } from '../kernel/index.ts'
import type { ControlHandler, ControlReply } from '../transport/index.ts'
import { type Clock, systemClock } from './clock.ts'
import { type Frame, Inspection } from './inspection.ts'
import type { Node } from './node.ts'

/** The options of the inspection verbs: the node, and a function that publishes frames. */
export interface InspectionVerbsOptions {
  readonly node: Pick<Node, 'actors' | 'records' | 'watch' | 'chart'>
  /** At most once, and without waiting: a lost frame is not repeated. */
  publish(frame: Frame): void
  readonly clock?: Clock
}

/** The verbs `inspect` and `chart` for `Control.serve`. `close` ends the inspection. */
export interface InspectionVerbs {
  readonly handlers: Readonly<Record<'inspect' | 'chart', ControlHandler>>
  close(): void
}

const leaseSchema = z.object({
  /** Milliseconds; without a renewal frames end after this time. */
  forMs: z.int().min(1_000).max(60_000).default(15_000),
  /** Sends every actor again, not only changes. */
  all: z.boolean().default(false),
})
const chartSchema = z.object({ kind: z.string() })

/** The verbs `inspect` and `chart`. */
export function inspectionVerbs({
  node,
  publish,
  clock = systemClock,
}: InspectionVerbsOptions): InspectionVerbs {
  const source = randomUUID()
  const inspection = new Inspection({ node, clock, source, publish })
  return {
    handlers: {
      inspect: async (payload) => {
        const lease = leaseSchema.safeParse(payload)
        if (!lease.success) return refused('bad_request', describeIssues(lease.error))
        const { forMs, all } = lease.data
        return { ok: true, value: { source, forMs, actors: inspection.renew(forMs, all) } }
      },
      chart: async (payload) => {
        const asked = chartSchema.safeParse(payload)
        if (!asked.success) return refused('bad_request', describeIssues(asked.error))
        const { kind } = asked.data
        const chart = node.chart(kind)
        if (chart === undefined) return refused('unknown_kind', `the kind '${kind}' has no definition here`)
        return { ok: true, value: { kind, chart } }
      },
    },
    close: () => inspection.close(),
  }
}

function refused(code: string, message: string): ControlReply {
  return { ok: false, error: { code, message } }
}
