// Assignment
//
// A task's request to a pool, and its possible outcomes.
//
// A1. A ticket names one attempt of one task; it is requested once and answered once.

import { z } from 'zod'
import { milestoneBranchRefSchema, repositorySnapshotSchema } from '../repository-snapshot.ts'
import { submissionSchema, taskSchema } from '../work.ts'
import { assigneeSchema } from './escalation.ts'

export const assignmentSchema = z.object({
  task: taskSchema,
  attempt: z.int().positive(),
  /** Failures of the earlier attempts, in words that a writer can act on. */
  failures: z.array(z.string()),
  /** The commit of the last attempt, to continue from. */
  carry: z.string().optional(),
  /** The assignee; absent: the task's kind decides. */
  assignee: assigneeSchema.optional(),
  site: repositorySnapshotSchema,
  line: milestoneBranchRefSchema,
  /** The task's own address. */
  replyTo: z.string().min(1),
  /** A higher number starts sooner. */
  priority: z.number(),
})
export type Assignment = z.infer<typeof assignmentSchema>

/** The outcome of an assignment. */
export const outcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('submitted'), submission: submissionSchema }),
  /** The task needs no commit: a plan, a review. */
  z.object({ kind: z.literal('answered'), answer: z.unknown() }),
  z.object({ kind: z.literal('nothing'), reason: z.string() }),
  z.object({
    kind: z.literal('failed'),
    reasons: z.array(z.string()),
    /** The task's cap is used up: further attempts would be refused. */
    spent: z.boolean().optional(),
  }),
  z.object({ kind: z.literal('cancelled') }),
])
export type WorkOutcome = z.infer<typeof outcomeSchema>

/** The name of an attempt (A1). */
export function ticketOf({ replyTo, attempt }: Pick<Assignment, 'replyTo' | 'attempt'>): string {
  return `${replyTo}#${attempt}`
}
