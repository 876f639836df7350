// Model settings
//
// Owns:   which models there are, what they cost and can hold, and which of them does what.
// Leaves: reading them (cli/), talking to them (providers/).
//
// S1. A model without a price is refused; a price of zero must be written down.

import { z } from 'zod'
import { type Price, priceSchema } from './usage.ts'

export const providerNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, 'lower-case letters, digits and dashes')

/** How a provider is spoken to. */
export const protocolSchema = z.enum(['anthropic', 'openai-responses', 'openai-chat', 'scripted'])
export type Protocol = z.infer<typeof protocolSchema>

/** `provider/model`, e.g. `anthropic/claude-sonnet-5-5`. */
export const modelNameSchema = z.string().regex(/^[a-z][a-z0-9-]*\/\S+$/, 'provider/model')

export const modelSchema = z.object({
  name: modelNameSchema,
  price: priceSchema,
  /** Tokens that fit into a request and its answer together. */
  window: z.int().positive(),
  maxOutput: z.int().positive(),
})
export type ModelSettings = z.infer<typeof modelSchema>

/** What a model is wanted for. */
export const roleSchema = z.enum(['planning', 'coding', 'cheap'])
export type Role = z.infer<typeof roleSchema>

/** Microdollars that a call can cost at most: all of its input newly written to the cache, all output used. */
export function mostCost(price: Price, inputTokens: number, outputTokens: number): number {
  return Math.ceil(Math.max(price.input, price.cacheWrite) * inputTokens + price.output * outputTokens)
}
