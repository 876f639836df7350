// Usage
//
// The tokens of a model call, in four counts that do not overlap, and their price.
// Leaves: the vendors' own counts (providers/), the caps (budget).
//
// U1. Money is whole microdollars, rounded up: a sum of many small calls is never less than their cost.

import { z } from 'zod'

const tokens = z.int().nonnegative()

/** Tokens. Tokens read from or written to a cache count only there. */
export const usageSchema = z.object({ input: tokens, cacheRead: tokens, cacheWrite: tokens, output: tokens })
export type Usage = z.infer<typeof usageSchema>

export const noUsage: Usage = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 }

/** US dollars for a million tokens, which is microdollars for one. */
export const priceSchema = z.object({
  input: z.number().nonnegative(),
  output: z.number().nonnegative(),
  cacheRead: z.number().nonnegative(),
  cacheWrite: z.number().nonnegative(),
  /** When the price was looked up, ISO date. */
  asOf: z.iso.date(),
})
export type Price = z.infer<typeof priceSchema>

export function addUsage(one: Usage, other: Usage): Usage {
  return {
    input: one.input + other.input,
    cacheRead: one.cacheRead + other.cacheRead,
    cacheWrite: one.cacheWrite + other.cacheWrite,
    output: one.output + other.output,
  }
}

export function tokensOf({ input, cacheRead, cacheWrite, output }: Usage): number {
  return input + cacheRead + cacheWrite + output
}

/** In microdollars (U1). */
export function costOf(usage: Usage, price: Price): number {
  const exact =
    usage.input * price.input +
    usage.cacheRead * price.cacheRead +
    usage.cacheWrite * price.cacheWrite +
    usage.output * price.output
  // Rounding errors of decimal sums are smaller than this.
  return Math.ceil(exact - 1e-6)
}
