// Budget events
//
// Owns:   all that a budget can be told: the mail of those who call models (budget-mail.ts), what commands took, which
//         accounts are over, and what people order.
//
// E1. `CLOSED` of an attempt, task or milestone comes after its last call: what is still reserved there counts as taken
//     until its own settlement says less.

import { z } from 'zod'
import { usageSchema } from '../models/usage.ts'
import { capSchema, scopes } from './budget-caps.ts'
import { accountSchema, budgetRequestSchema, shareSchema } from './budget-mail.ts'

const { milestone, task, attempt } = accountSchema.shape
const amount = z.int().nonnegative()

export const budgetEventSchema = z.discriminatedUnion('type', [
  ...budgetRequestSchema.options,
  /**
   * Commands have run. Its id is the asker's, as of a reservation, and numbered apart from those. What several tasks
   * share is their milestone's, what comes before all milestones the run's alone.
   */
  z.object({
    type: z.literal('SPEND'),
    id: z.string().min(1),
    account: shareSchema.nullable(),
    computeSeconds: z.number().nonnegative().max(1_000_000),
  }),
  /** Home is about to call a model for an agent elsewhere, under what that has reserved. */
  z.object({
    type: z.literal('CALL.BEGUN'),
    id: z.string().min(1),
    /** Names the call; another one under the same reservation is not begun. */
    call: z.string().min(1),
    /** The least that the call will take. */
    tokens: amount,
    microdollars: amount,
  }),
  /** What such a call took, as home saw it: the agent's own settlement changes nothing any more. */
  z.object({
    type: z.literal('CALL.CHARGED'),
    id: z.string().min(1),
    usage: usageSchema,
    microdollars: amount,
  }),
  /** E1. Without an attempt all of the task, without a task all of the milestone. */
  z.object({
    type: z.literal('CLOSED'),
    milestone,
    task: task.optional(),
    attempt: attempt.optional(),
  }),
  /** A person gives more: what is named of a cap becomes at least so much. A milestone makes it that one's. */
  z.object({
    type: z.literal('RAISE'),
    scope: z.enum(scopes).optional(),
    milestone: milestone.optional(),
    ...capSchema.shape,
  }),
  /** A person says that it may go on: a quota that was out is back, and what waits is looked at again. */
  z.object({ type: z.literal('RESUME') }),
])
export type BudgetEvent = z.infer<typeof budgetEventSchema>
/** As it is sent: what has a default may be left out. */
export type BudgetMail = z.input<typeof budgetEventSchema>
export type BudgetEventOf<Type extends BudgetEvent['type']> = Extract<BudgetEvent, { type: Type }>
