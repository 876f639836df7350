// Run input
//
// Owns:   what a run is told when it starts.

import { z } from 'zod'
import { budgetSchema } from '../budget/budget-caps.ts'
import { modelsInUseSchema } from '../models/model-settings.ts'
import { policySchema } from '../orchestrator/policy.ts'
import { milestoneSchema } from '../work.ts'

/** The repository, the roadmap and how hard to try; `workers` at once. */
export const runInputSchema = z.object({
  /** Of the root. */
  address: z.string().min(1).default('system'),
  repository: z.string().min(1),
  roadmap: z.array(milestoneSchema).min(1, 'a roadmap needs at least one milestone'),
  workers: z.int().positive(),
  policy: policySchema,
  budget: budgetSchema.prefault({}),
  /** Null: nothing is done that needs a model. */
  models: modelsInUseSchema.nullable().default(null),
})
export type RunInput = z.infer<typeof runInputSchema>
