// Agent facts
//
// Telemetry of agents.
//
// It has a schema, because telemetry of another node comes from outside.

import { z } from 'zod'
import { accountSchema } from '../budget/budget-mail.ts'
import { usageSchema } from '../models/usage.ts'
import { commandCostSchema } from './agent-invocations.ts'
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
  /** Files of the repository that tell it how work is done there. */
  z.object({ type: z.literal('agent.rules_read'), paths: z.array(z.string()), ...ofAgent }),
  z.object({ type: z.literal('agent.held'), reason: z.string(), ...ofAgent }),
  z.object({
    type: z.literal('agent.warned'),
    step: count,
    level: z.enum(['nudge', 'strategy']),
    ...ofAgent,
  }),
  z.object({ type: z.literal('agent.compacted'), step: count, from: count, to: count, ...ofAgent }),
  /** An agent command was given a prompt. */
  z.object({ type: z.literal('agent.command_began'), by: z.string(), prompt: count, ...ofAgent }),
  z.object({
    type: z.literal('agent.command_ended'),
    by: z.string(),
    /** Why it gave no reply; absent: it did. */
    failure: z.string().exactOptional(),
    cost: commandCostSchema,
    microdollars: count,
    seconds: z.number().nonnegative(),
    ...ofAgent,
  }),
  z.object({
    type: z.literal('agent.ended'),
    outcome: z.enum(['submitted', 'gave_up', 'capped', 'stuck', 'failed', 'refused']),
    steps: count,
    ...ofAgent,
  }),
])
export type AgentFact = z.infer<typeof agentFactSchema>
