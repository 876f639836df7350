// Integrator events
//
// The events of an integrator.
// Leaves: the reaction to them (integrator.ts).

import { z } from 'zod'
import { submissionSchema, taskSchema } from '../work.ts'

export const entrySchema = z.object({
  submission: submissionSchema,
  task: taskSchema,
  attempt: z.int().positive(),
  replyTo: z.string().min(1),
})

export type SubmissionEntry = z.infer<typeof entrySchema>

export const integratorEvents = z.discriminatedUnion('type', [
  entrySchema.extend({ type: z.literal('SUBMIT') }),
  z.object({ type: z.literal('SETTLE') }),
])

export type IntegratorMail = z.infer<typeof integratorEvents>
