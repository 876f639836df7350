// Crafts
//
// Owns:   what kinds of agents there are, what each is allowed: role, tools, limits, patience.
// Leaves: what each is told (agents/prompts/), what it must hand in (agent-answers.ts).
//
// F1. Who only reads has no tool that writes.

import { z } from 'zod'
import type { Role } from '../models/model-settings.ts'
import { agentKindSchema } from '../work.ts'

export const craftSchema = z.enum([
  ...agentKindSchema.options,
  /** Checks one finding of a reviewer without knowing why the reviewer thinks so. */
  'second_look',
])
export type Craft = z.infer<typeof craftSchema>

export const agentLimitsSchema = z.object({
  /** Replies of a model. */
  steps: z.int().positive(),
  /** All that goes in and out, cached or not. */
  tokens: z.int().positive(),
  microdollars: z.int().nonnegative(),
  /** Milliseconds at work; waiting for the budget does not count. */
  ms: z.int().positive(),
  /** Of one reply. */
  outputTokens: z.int().positive(),
  /** Tokens that the smallest model of the chain can hold. */
  window: z.int().positive(),
})
export type AgentLimits = z.infer<typeof agentLimitsSchema>

export interface CraftSettings {
  readonly role: Role
  /** Those of the toolbox that it gets, beside its own `note` and `submit`. */
  readonly tools: readonly string[] | 'all'
  /** Steps without a change in the worktree that are nothing to worry about; null: it is not there to change anything. */
  readonly patience: number | null
  readonly limits: Omit<AgentLimits, 'window'>
}

/** F1. */
const reading = ['read', 'search', 'list', 'map', 'diff']

const minute = 60_000
const dollar = 1_000_000

const writer: CraftSettings = {
  role: 'coding',
  tools: 'all',
  patience: 20,
  limits: { steps: 80, tokens: 4_000_000, microdollars: 5 * dollar, ms: 60 * minute, outputTokens: 8_000 },
}
const reader: CraftSettings = {
  role: 'coding',
  tools: reading,
  patience: null,
  limits: { steps: 30, tokens: 1_000_000, microdollars: 2 * dollar, ms: 20 * minute, outputTokens: 8_000 },
}

/** F1. */
export const crafts: Readonly<Record<Craft, CraftSettings>> = {
  plan: { ...reader, role: 'planning', limits: { ...reader.limits, outputTokens: 16_000 } },
  code: writer,
  test: writer,
  refactor: writer,
  document: { ...writer, limits: { ...writer.limits, steps: 40, microdollars: 2 * dollar } },
  debug: { ...writer, patience: 30 },
  review: reader,
  second_look: {
    ...reader,
    limits: { ...reader.limits, steps: 12, tokens: 300_000, microdollars: dollar, outputTokens: 4_000 },
  },
}
