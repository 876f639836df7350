// Agent facts
//
// Owns:   what agents tell their readers.
//
// F1. They have a schema: those of another node come from elsewhere.

import { z } from 'zod'
import { accountSchema } from '../budget/budget-mail.ts'
import { usageSchema } from '../models/usage.ts'
import { agentKindSchema } from './agent-kinds.ts'

const ofAgent = { ...accountSchema.shape, kind: agentKindSchema }
const count = z.int().nonnegative()

export const agentFactSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('agent.replied'),
    step: count,
    by: z.string(),
    /** Names of the tools. */
    calls: z.array(z.string()),
    usage: usageSchema,
    microdollars: count,
    ...ofAgent,
  }),
  z.object({ type: z.literal('agent.held'), reason: z.string(), ...ofAgent }),
  z.object({
    type: z.literal('agent.warned'),
    step: count,
    level: z.enum(['nudge', 'strategy']),
    ...ofAgent,
  }),
  z.object({ type: z.literal('agent.compacted'), step: count, from: count, to: count, ...ofAgent }),
  z.object({
    type: z.literal('agent.ended'),
    outcome: z.enum(['submitted', 'gave_up', 'capped', 'stuck', 'failed', 'refused']),
    steps: count,
    ...ofAgent,
  }),
])
export type AgentFact = z.infer<typeof agentFactSchema>
