// Status answer
//
// Owns:   the form of what a running system answers to `status`.
// Leaves: making it (run-status.ts), writing it for people (cli/answers.ts).

import { z } from 'zod'
import { countSchema } from '../../machines/index.ts'
import { standingSchema } from './model-standing.ts'

/** What the verb `status` answers. */
export const statusSchema = z.looseObject({
  state: z.string(),
  /** Addresses of the actors that are paused. */
  paused: z.array(z.string()).optional(),
  repository: z.string().optional(),
  milestone: z.string().nullish(),
  branch: z.string().nullish(),
  goal: z.number().nullish(),
  branches: z.object({ before: countSchema, now: countSchema }).nullish(),
  tasks: z.record(z.string(), z.number()).optional(),
  /** Tasks that nobody could do. */
  forPerson: z.array(z.string()).optional(),
  /** Of which there is something to say. */
  models: standingSchema.optional(),
  workers: z.number().optional(),
  restarts: z.number().optional(),
  seconds: z.number().optional(),
})
export type Status = z.infer<typeof statusSchema>
