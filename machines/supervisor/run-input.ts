// Run input
//
// The input of a run.

import { z } from 'zod'
import { agentCommandsSchema } from '../agent/agent-command.ts'
import { budgetSchema } from '../budget/budget-caps.ts'
import { modelsInUseSchema } from '../models/model-settings.ts'
import { policySchema } from '../orchestrator/policy.ts'
import { milestoneSchema } from '../work.ts'

/** The repository, the roadmap and the policy; `workers` is how many run at once. */
export const runInputSchema = z.object({
  /** Address of the root actor. */
  address: z.string().min(1).default('system'),
  repository: z.string().min(1),
  roadmap: z.array(milestoneSchema).min(1, 'a roadmap needs at least one milestone'),
  workers: z.int().positive(),
  policy: policySchema,
  budget: budgetSchema.prefault({}),
  /** Null: tasks that need a model are refused. */
  models: modelsInUseSchema.nullable().default(null),
  /** Absent: models carry out all agents. */
  commands: agentCommandsSchema.exactOptional(),
})
export type RunInput = z.infer<typeof runInputSchema>
