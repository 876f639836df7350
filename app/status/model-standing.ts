// Model standing
//
// Owns:   how the models of a run stand, folded from its facts: what their vendors allow, and what keeps them from being
//         asked.
// Leaves: asking models (providers/governor/), showing the status (cli/answers.ts, cli/progress/).
//
// T1. A process that resumes a run starts with a new governor: of the earlier status only the limits still hold.

import { z } from 'zod'
import type { RunFact } from '../../machines/index.ts'

export const standingSchema = z.record(
  z.string(),
  z.object({
    /** A minute, for each counted unit. */
    limits: z.record(z.string(), z.number()).optional(),
    /** Calls at once, since it was last throttled. */
    concurrency: z.number().optional(),
    breaker: z.enum(['open', 'half_open']).optional(),
    paused: z
      .object({
        reason: z.string(),
        /** Milliseconds since the Unix epoch; absent: until somebody resumes it. */
        until: z.number().optional(),
      })
      .optional(),
    /** The model that was asked in its place, the last time. */
    insteadOfIt: z.string().optional(),
  }),
)
export type ModelStatuses = z.infer<typeof standingSchema>
type OfModel = ModelStatuses[string]

/** The standing after a fact; the same one when nothing changed. */
export function standingAfter(standing: ModelStatuses, fact: RunFact): ModelStatuses {
  switch (fact.type) {
    case 'model.limits_learnt':
      return changed(standing, fact.model, { limits: known(fact.limits) })
    case 'model.throttled':
      return changed(standing, fact.model, { concurrency: fact.concurrency })
    case 'model.breaker_opened':
      return changed(standing, fact.model, { breaker: 'open' })
    case 'model.breaker_half_open':
      return changed(standing, fact.model, { breaker: 'half_open' })
    case 'model.breaker_closed':
      return changed(standing, fact.model, { breaker: undefined })
    case 'model.paused': {
      const { model, message, until } = fact
      return changed(standing, model, { paused: { reason: message, ...(until !== undefined && { until }) } })
    }
    case 'model.resumed':
      return changed(standing, fact.model, { paused: undefined })
    case 'model.fell_back':
      return standing[fact.from]?.insteadOfIt === fact.to
        ? standing
        : changed(standing, fact.from, { insteadOfIt: fact.to })
    case 'model.replied':
      return standing[fact.model]?.insteadOfIt === undefined
        ? standing
        : changed(standing, fact.model, { insteadOfIt: undefined })
    default:
      return standing
  }
}

/** The status that the process before stored (T1). */
export function standingBefore(stored: unknown): ModelStatuses {
  const { data = {} } = standingSchema.safeParse(stored)
  return Object.fromEntries(
    Object.entries(data).flatMap(([model, { limits }]) => (limits ? [[model, { limits }]] : [])),
  )
}

function changed(
  standing: ModelStatuses,
  model: string,
  change: { readonly [Field in keyof OfModel]: OfModel[Field] | undefined },
): ModelStatuses {
  return { ...standing, [model]: known({ ...standing[model], ...change }) as OfModel }
}

function known<T>(fields: Readonly<Record<string, T | undefined>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
