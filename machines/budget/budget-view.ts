// Budget view
//
// A budget for readers: caps, spent and reserved amounts, waiting requests, in the units of the caps.
// Leaves: how it is printed (cli/budget/).

import { z } from 'zod'
import { type AccountPlace, capOf, emptySum, placeOf, RUN } from './budget-accounts.ts'
import { type Amounts, capSchema, dimensions, units } from './budget-caps.ts'
import type { Ledger } from './ledger.ts'

/** Amounts in the units of a cap. */
const figuresSchema = z.object({
  usd: z.number(),
  tokens: z.number(),
  minutes: z.number(),
  computeSeconds: z.number(),
})
type BudgetFigures = z.infer<typeof figuresSchema>

const lineSchema = z.object({
  cap: capSchema,
  taken: figuresSchema,
  reserved: figuresSchema,
  /** Settled model calls. */
  calls: z.int().nonnegative(),
})

export const budgetViewSchema = z.object({
  run: lineSchema,
  milestones: z.array(lineSchema.extend({ milestone: z.string(), over: z.boolean() })),
  /** Of each task and attempt. */
  task: capSchema,
  attempt: capSchema,
  /** In the order in which they will be granted. */
  waiting: z.array(
    z.object({
      id: z.string(),
      milestone: z.string(),
      task: z.string(),
      attempt: z.int(),
      waitsFor: z.enum(['quota', 'cap', 'turn']),
      reason: z.string(),
    }),
  ),
  /** Why no request is granted. */
  quota: z.object({ model: z.string(), message: z.string(), retryAfterMs: z.number().nullable() }).nullable(),
})
export type BudgetView = z.infer<typeof budgetViewSchema>
export type BudgetLine = z.infer<typeof lineSchema>

export function budgetView(ledger: Ledger): BudgetView {
  const { caps, sums, waiting, quota } = ledger
  const milestones = [...sums].flatMap(([key, { over }]) => {
    const [milestone, ...deeper] = JSON.parse(key) as string[]
    if (milestone === undefined || deeper.length > 0) return []
    return [{ milestone, over: over ?? false, ...lineOf(ledger, placeOf([milestone])) }]
  })
  return {
    run: lineOf(ledger, placeOf([])),
    milestones: milestones.toSorted((a, b) => (a.milestone < b.milestone ? -1 : 1)),
    task: caps.task ?? {},
    attempt: caps.attempt ?? {},
    waiting: waiting.map(({ id, account, waitsFor, reason }) => ({ id, ...account, waitsFor, reason })),
    quota,
  }
}

/** Everything spent in the run. */
export function takenIn({ sums }: Ledger): BudgetFigures {
  return inWords((sums.get(RUN) ?? emptySum).settled)
}

function lineOf(ledger: Ledger, place: AccountPlace): BudgetLine {
  const { settled, reserved, calls } = ledger.sums.get(place.key) ?? emptySum
  return { cap: capOf(ledger, place) ?? {}, taken: inWords(settled), reserved: inWords(reserved), calls }
}

function inWords(amounts: Amounts): BudgetFigures {
  const words = dimensions.map((dimension) => {
    const { of, unit } = units[dimension]
    return [of, amounts[dimension] / unit]
  })
  return Object.fromEntries(words) as BudgetFigures
}
