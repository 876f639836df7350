// Model settings
//
// The models, their prices and windows, and the roles they answer for.
// Leaves: reading them (app/), calling them (providers/).
//
// A model without a price is refused; a price of zero must be written down.

import { z } from 'zod'
import { type Price, priceSchema } from './usage.ts'

export const providerNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, 'lower-case letters, digits and dashes')

/** `provider/model`, e.g. `anthropic/claude-sonnet-5-5`. */
export const modelNameSchema = z.string().regex(/^[a-z][a-z0-9-]*\/\S+$/, 'provider/model')

/** The provider in a model's name. */
export function providerOf(model: string): string {
  return model.slice(0, model.indexOf('/'))
}

export const modelSchema = z.object({
  name: modelNameSchema,
  price: priceSchema,
  /** Tokens that fit into a request and its answer together. */
  window: z.int().positive(),
  maxOutput: z.int().positive(),
})
export type ModelSettings = z.infer<typeof modelSchema>

/** The purposes for which a run asks models. */
export const roleSchema = z.enum(['planning', 'coding', 'cheap'])
export type Role = z.infer<typeof roleSchema>

/** The models of a role: the first that is able answers. `price` and `window` hold for every one of them. */
export const roleModelsSchema = z.object({
  chain: z.array(modelNameSchema).min(1),
  /** Of the most expensive. */
  price: priceSchema,
  /** Of the smallest. */
  window: z.int().positive(),
  maxOutput: z.int().positive(),
})
export type RoleModels = z.infer<typeof roleModelsSchema>

export const modelsInUseSchema = z.object({
  planning: roleModelsSchema,
  coding: roleModelsSchema,
  cheap: roleModelsSchema,
})
export type ModelsInUse = z.infer<typeof modelsInUseSchema>

/** The limits of a role's models; the chain must not be empty. */
export function roleModelsOf(chain: readonly ModelSettings[]): RoleModels {
  const most = (of: (price: Price) => number): number => Math.max(...chain.map(({ price }) => of(price)))
  const asOf = chain.map(({ price }) => price.asOf).sort()[0] ?? ''
  return {
    chain: chain.map(({ name }) => name),
    price: {
      input: most(({ input }) => input),
      output: most(({ output }) => output),
      cacheRead: most(({ cacheRead }) => cacheRead),
      cacheWrite: most(({ cacheWrite }) => cacheWrite),
      asOf,
    },
    window: Math.min(...chain.map(({ window }) => window)),
    maxOutput: Math.min(...chain.map(({ maxOutput }) => maxOutput)),
  }
}

/** The most that a call can cost, in microdollars: all input newly written to the cache, all output used. */
export function mostCost(price: Price, inputTokens: number, outputTokens: number): number {
  return Math.ceil(Math.max(price.input, price.cacheWrite) * inputTokens + price.output * outputTokens)
}
