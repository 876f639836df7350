// Assignment
//
// Owns:   what a task asks a pool for, and how that can end.
//
// A1. A ticket names one attempt of one task; it is asked for once and answered once.

import { z } from 'zod'
import { lineSchema, siteSchema } from '../site.ts'
import { submissionSchema, taskSchema } from '../work.ts'
import { assigneeSchema } from './escalation.ts'

export const assignmentSchema = z.object({
  task: taskSchema,
  attempt: z.int().positive(),
  /** What was wrong with the attempts before, in words a writer can act on. */
  failures: z.array(z.string()),
  /** The commit that the last attempt handed in, to go on from. */
  carry: z.string().optional(),
  /** Who is to do it; absent: as its kind says. */
  assignee: assigneeSchema.optional(),
  site: siteSchema,
  line: lineSchema,
  /** The task's own address. */
  replyTo: z.string().min(1),
  /** The higher, the sooner. */
  priority: z.number(),
})
export type Assignment = z.infer<typeof assignmentSchema>

/** How the work on an assignment ended. */
export const outcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('submitted'), submission: submissionSchema }),
  /** No commit was wanted: a plan, a review. */
  z.object({ kind: z.literal('answered'), answer: z.unknown() }),
  z.object({ kind: z.literal('nothing'), reason: z.string() }),
  z.object({
    kind: z.literal('failed'),
    reasons: z.array(z.string()),
    /** Its task may take nothing more: further attempts would come to the same. */
    spent: z.boolean().optional(),
  }),
  z.object({ kind: z.literal('cancelled') }),
])
export type WorkOutcome = z.infer<typeof outcomeSchema>

/** The name of an attempt (A1). */
export function ticketOf({ replyTo, attempt }: Pick<Assignment, 'replyTo' | 'attempt'>): string {
  return `${replyTo}#${attempt}`
}
