// Task events
//
// Owns:   what a task can be told.
// Leaves: what the task makes of it (task.ts).

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
    /** The task may take nothing more. */
    spent: z.boolean().optional(),
  }),
  z.object({ type: z.literal('WORK.CANCELLED'), attempt }),
  z.object({
    type: z.literal('WORKER.LOST'),
    attempt,
    worker: z.string(),
    reason: z.string(),
    /** The machine went, not the worker: that does not count against the task. */
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
