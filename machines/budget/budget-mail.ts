// Budget mail
//
// Owns:   what is said between whoever wants to call a model and the budget.
// Leaves: who may take how much (budget.ts), when to ask (agent.ts).
//
// B1. A reservation has an id of its asker's making, the same however often it is said, and that of no other call of the
//     run: an address that works for several attempts, or begins anew, tells them apart before the `#`. Each is settled
//     once. Calls of one asker are numbered without gaps, so that the budget remembers them as one range.

import { z } from 'zod'
import { usageSchema } from '../models/usage.ts'

const amount = z.int().nonnegative()

/** Which caps it counts against, from the widest to the narrowest. */
export const accountSchema = z.object({
  milestone: z.string(),
  task: z.string(),
  attempt: z.int().positive(),
})
export type Account = z.infer<typeof accountSchema>

/** Whose something is, as far down as it is one's alone. */
export const shareSchema = z.object({
  milestone: z.string(),
  task: z.string().optional(),
  attempt: z.int().positive().optional(),
})
export type Share = z.infer<typeof shareSchema>

/** To the budget. */
export const budgetRequestSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('RESERVE'),
    /** `<address>#<number of the call>` */
    id: z.string().min(1),
    account: accountSchema,
    /** The most that the call can take. */
    tokens: amount,
    microdollars: amount,
    replyTo: z.string().min(1),
  }),
  z.object({
    type: z.literal('SETTLE'),
    id: z.string().min(1),
    usage: usageSchema,
    microdollars: amount,
  }),
  /** A vendor lets nobody go on for now: nothing more is granted until that time, or until a person resumes. */
  z.object({
    type: z.literal('QUOTA.OUT'),
    model: z.string(),
    message: z.string(),
    retryAfterMs: z.number().nonnegative().optional(),
  }),
])
export type BudgetRequest = z.infer<typeof budgetRequestSchema>

/** To whoever reserved. */
export const budgetReplySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('BUDGET.GRANTED'), id: z.string() }),
  /** Not now: the run or the milestone is at its cap, or paused. `BUDGET.GRANTED` follows when that changes. */
  z.object({ type: z.literal('BUDGET.HELD'), id: z.string(), reason: z.string() }),
  /** Not at all: the task or the attempt is at its cap. */
  z.object({
    type: z.literal('BUDGET.REFUSED'),
    id: z.string(),
    reason: z.string(),
    /** Whose cap it is. Of a task: its next attempts are refused, too. */
    scope: z.enum(['task', 'attempt']).optional(),
  }),
])
export type BudgetReply = z.infer<typeof budgetReplySchema>
