// Policy
//
// Owns:   how hard a run tries and where it stops.

import { z } from 'zod'

export const policySchema = z.object({
  /** Attempts a task has. */
  attempts: z.int().positive().default(3),
  /** How often one module may get a task, in rounds that follow one another. */
  rounds: z.int().positive().default(5),
  /** How often a milestone may be begun; each time but the first needs a gain by the one before. */
  tries: z.int().positive().default(2),
  /** How often a milestone that is told in words may be planned. */
  plans: z.int().positive().default(2),
  /** Modules with fewer uncovered branches get no task. */
  minGap: z.int().positive().default(1),
  /** Tasks planned at once; what is left over comes in the next round. */
  tasksPerRound: z.int().positive().default(500),
  /** Tasks under way at once; twice the workers keeps them busy while work is judged. */
  inFlight: z.int().positive().default(8),
})
export type Policy = z.infer<typeof policySchema>
