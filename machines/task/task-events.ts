// Task events
//
// The events of a task.
// Leaves: the reaction to them (task.ts).

import { z } from 'zod'
import { countSchema, submissionSchema, verdictSchema } from '../work.ts'

export const attempt = z.int().positive()

export const taskEvents = z.discriminatedUnion('type', [
  z.object({ type: z.literal('WORK.STARTED'), attempt, worker: z.string() }),
  z.object({ type: z.literal('WORK.SUBMITTED'), attempt, submission: submissionSchema }),
  z.object({ type: z.literal('WORK.ANSWERED'), attempt, answer: z.unknown() }),
  z.object({ type: z.literal('WORK.NOTHING'), attempt, reason: z.string() }),
  z.object({
    type: z.literal('WORK.FAILED'),
    attempt,
    reasons: z.array(z.string()),
    /** The cap of the task is used up. */
    spent: z.boolean().optional(),
  }),
  z.object({ type: z.literal('WORK.CANCELLED'), attempt }),
  z.object({
    type: z.literal('WORKER.LOST'),
    attempt,
    worker: z.string(),
    reason: z.string(),
    /** The worker's machine was lost: that does not count against the task. */
    blameless: z.boolean().optional(),
  }),
  z.object({
    type: z.literal('MERGED'),
    attempt,
    commit: z.string(),
    branches: z.object({ before: countSchema, after: countSchema }),
  }),
  z.object({ type: z.literal('REJECTED'), attempt, verdicts: z.array(verdictSchema) }),
  z.object({ type: z.literal('CANCEL') }),
])

export type TaskMail = z.infer<typeof taskEvents>
