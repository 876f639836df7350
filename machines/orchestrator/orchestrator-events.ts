// Orchestrator events
//
// The events of an orchestrator.
// Leaves: the reaction to them (orchestrator.ts).

import { z } from 'zod'
import { countSchema } from '../work.ts'
import { coverageChangeSchema } from './coverage.ts'

export const orchestratorEvents = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('INTEGRATED'),
    task: z.string(),
    commit: z.string(),
    /** Number of the merge on the branch, from 1. */
    merge: z.int().positive(),
    change: coverageChangeSchema,
  }),
  z.object({ type: z.literal('SETTLED'), merges: z.int(), branches: countSchema }),
  z.object({ type: z.literal('PAUSE') }),
  z.object({ type: z.literal('RESUME') }),
  z.object({ type: z.literal('CANCEL'), reason: z.string().optional() }),
])

export type OrchestratorMail = z.infer<typeof orchestratorEvents>
