// Budget events
//
// Every event of a budget: the mail of model callers (budget-mail.ts), time of commands, closed accounts, and people's
// orders.
//
// E1. `CLOSED` of an attempt, task or milestone follows its last call: open reservations there count as spent until
//     their own settlement says less.

import { z } from 'zod'
import { usageSchema } from '../models/usage.ts'
import { capSchema, scopes } from './budget-caps.ts'
import { accountSchema, budgetRequestSchema, shareSchema } from './budget-mail.ts'

const { milestone, task, attempt } = accountSchema.shape
const amount = z.int().nonnegative()

export const budgetEventSchema = z.discriminatedUnion('type', [
  ...budgetRequestSchema.options,
  /**
   * Commands have run. `id` is the asker's, as in a reservation, and numbered separately. Time of several tasks counts
   * for their milestone, time before all milestones for the run alone.
   */
  z.object({
    type: z.literal('SPEND'),
    id: z.string().min(1),
    account: shareSchema.nullable(),
    computeSeconds: z.number().nonnegative().max(1_000_000),
  }),
  /** Home is about to call a model for an agent on another node, under the agent's reservation. */
  z.object({
    type: z.literal('CALL.BEGUN'),
    id: z.string().min(1),
    /** Names the call; a second call under the same reservation is refused. */
    call: z.string().min(1),
    /** The least that the call will take. */
    tokens: amount,
    microdollars: amount,
  }),
  /** The usage of such a call as home measured it: the agent's own settlement no longer changes anything. */
  z.object({
    type: z.literal('CALL.CHARGED'),
    id: z.string().min(1),
    usage: usageSchema,
    microdollars: amount,
  }),
  /** E1. Without an attempt the whole task, without a task the whole milestone. */
  z.object({
    type: z.literal('CLOSED'),
    milestone,
    task: task.optional(),
    attempt: attempt.optional(),
  }),
  /** A person raises a cap: each named amount becomes at least this. With a milestone, only that one's cap. */
  z.object({
    type: z.literal('RAISE'),
    scope: z.enum(scopes).optional(),
    milestone: milestone.optional(),
    ...capSchema.shape,
  }),
  /** A person resumes: an exhausted quota is back, and every waiting request is examined again. */
  z.object({ type: z.literal('RESUME') }),
])
export type BudgetEvent = z.infer<typeof budgetEventSchema>
/** The form that is sent: fields with a default may be left out. */
export type BudgetMail = z.input<typeof budgetEventSchema>
export type BudgetEventOf<Type extends BudgetEvent['type']> = Extract<BudgetEvent, { type: Type }>
