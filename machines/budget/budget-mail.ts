// Budget mail
//
// The messages between a model's caller and the budget.
// Leaves: granting (budget.ts), when to ask (agent.ts).
//
// The asker makes the id of a reservation. It is the same however often the request is sent, and different from that of
// any other call of the run: an address that works for several attempts, or restarts, separates them before the `#`.
// Each reservation is settled once. One asker numbers its calls without gaps, so that the budget stores them as one
// range.

import { z } from 'zod'
import { usageSchema } from '../models/usage.ts'

const amount = z.int().nonnegative()

/** The accounts it counts for, from the widest to the narrowest. */
export const accountSchema = z.object({
  milestone: z.string(),
  task: z.string(),
  attempt: z.int().positive(),
})
export type BudgetAccount = z.infer<typeof accountSchema>

/** An account of any scope: milestone, task or attempt. */
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
  /** A vendor's quota is exhausted: nothing is granted until that time, or until a person resumes. */
  z.object({
    type: z.literal('QUOTA.OUT'),
    model: z.string(),
    message: z.string(),
    retryAfterMs: z.number().nonnegative().optional(),
  }),
])
export type BudgetRequest = z.infer<typeof budgetRequestSchema>

/** To the asker. */
export const budgetReplySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('BUDGET.GRANTED'), id: z.string() }),
  /** Not now: the run or the milestone is at its cap, or paused. `BUDGET.GRANTED` follows when that changes. */
  z.object({ type: z.literal('BUDGET.HELD'), id: z.string(), reason: z.string() }),
  /** Never: the task or the attempt is at its cap. */
  z.object({
    type: z.literal('BUDGET.REFUSED'),
    id: z.string(),
    reason: z.string(),
    /** The scope of the cap. For `task`: its next attempts are refused, too. */
    scope: z.enum(['task', 'attempt']).optional(),
  }),
])
export type BudgetReply = z.infer<typeof budgetReplySchema>
