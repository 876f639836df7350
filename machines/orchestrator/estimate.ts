// Estimate
//
// Owns:   what planned tasks will take, with an interval, from what earlier ones took; and how far off that was.
// Leaves: keeping what they took (app/budget/history.ts), when it is asked.
//
// E1. Tasks take very differently much: what one takes, for its size, is spread like a log-normal. Four of five sums are
//     to lie in the interval.
// E2. Without enough of the same kind all kinds are looked at, without any the guess is a wide one, and says so.

import { z } from 'zod'
import type { Price } from '../models/usage.ts'

const amount = z.number().nonnegative()

/** What a task took in all its attempts. */
export const taskCostSchema = z.object({
  /** What sort of work it was: `coverage`, a kind's name. */
  kind: z.string(),
  /** Of what it worked on, in whatever measure its kind is planned by (statements, branches); 0 where nobody knows. */
  size: amount,
  tokens: amount,
  microdollars: amount,
})
export type TaskCost = z.infer<typeof taskCostSchema>
export type PlannedTask = Pick<TaskCost, 'kind' | 'size'>

const intervalSchema = z.object({ low: amount, likely: amount, high: amount })
export type Interval = z.infer<typeof intervalSchema>

export const estimateSchema = z.object({
  tasks: z.int().nonnegative(),
  tokens: intervalSchema,
  microdollars: intervalSchema,
  /** Earlier tasks that it rests on; 0: a guess (E2). */
  from: z.int().nonnegative(),
})
export type Estimate = z.infer<typeof estimateSchema>

const ENOUGH = 5
/** So large, a task takes about twice what one of no size takes. */
const SIZE = 100
/** Four of five lie within so many standard deviations. */
const FOUR_OF_FIVE = 1.2816
/** A guess: an agent's twenty steps of some thousand tokens each, eight times more or less. */
const GUESS: Spread = { mean: Math.log(60_000), deviation: Math.log(8) / FOUR_OF_FIVE, samples: 1 }
/** How the tokens of a call in the middle of a conversation are spread over the prices. */
const MIXTURE = { cacheRead: 0.75, cacheWrite: 0.1, input: 0.1, output: 0.05 } as const

/** Of the logarithm of what a task takes for its weight. */
interface Spread {
  readonly mean: number
  readonly deviation: number
  readonly samples: number
}

/** `price`: of the model that does most of it; null: nothing costs anything. */
export function estimate(
  planned: readonly PlannedTask[],
  history: readonly TaskCost[],
  price: Price | null,
): Estimate {
  const used = new Set<TaskCost>()
  const parts = [...Map.groupBy(planned, ({ kind }) => kind)].map(([kind, tasks]) => {
    const like = comparable(kind, history)
    for (const each of like) used.add(each)
    return { weights: tasks.map(weightOf), like }
  })
  const spreads = (of: 'tokens' | 'microdollars', guess: Spread): Part[] =>
    parts.map(({ weights, like }) => ({ weights, spread: like.length === 0 ? guess : spreadOf(like, of) }))
  const each = price ? pricePerToken(price) : 0
  const guessed: Spread = { ...GUESS, mean: GUESS.mean + Math.log(Math.max(each, 1e-9)) }
  return {
    tasks: planned.length,
    tokens: total(spreads('tokens', GUESS)),
    microdollars: each === 0 ? { low: 0, likely: 0, high: 0 } : total(spreads('microdollars', guessed)),
    from: used.size,
  }
}

interface Part {
  readonly weights: readonly number[]
  readonly spread: Spread
}

function weightOf({ size }: PlannedTask): number {
  return 1 + size / SIZE
}

function pricePerToken(price: Price): number {
  const shares = Object.entries(MIXTURE) as [keyof typeof MIXTURE, number][]
  return shares.reduce((sum, [bucket, share]) => sum + share * price[bucket], 0)
}

/** E2. */
function comparable(kind: string, history: readonly TaskCost[]): readonly TaskCost[] {
  const same = history.filter((each) => each.kind === kind && each.tokens > 0)
  if (same.length >= ENOUGH) return same
  const all = history.filter(({ tokens }) => tokens > 0)
  return all.length >= ENOUGH ? all : []
}

function spreadOf(costs: readonly TaskCost[], of: 'tokens' | 'microdollars'): Spread {
  const rates = costs.map((cost) => Math.log(Math.max(1, cost[of]) / weightOf(cost)))
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length
  const squares = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0)
  // Few of them look more alike than they are.
  const deviation = Math.sqrt(squares / (rates.length - 1) + 0.1 / rates.length)
  return { mean, deviation, samples: rates.length }
}

/**
 * The sum is taken for log-normal, too: its variance is that of the tasks, each by itself, and that of the mean, which
 * errs the same way for all of them.
 */
function total(parts: readonly Part[]): Interval {
  let [expected, variance] = [0, 0]
  for (const { weights, spread } of parts) {
    const { mean, deviation, samples } = spread
    const own = Math.exp(mean + deviation ** 2 / 2)
    const sum = weights.reduce((all, weight) => all + weight * own, 0)
    const squares = weights.reduce((all, weight) => all + (weight * own) ** 2, 0)
    expected += sum
    variance += squares * Math.expm1(deviation ** 2) + sum ** 2 * Math.expm1(deviation ** 2 / samples)
  }
  if (expected === 0) return { low: 0, likely: 0, high: 0 }
  const square = Math.log1p(variance / expected ** 2)
  const middle = Math.log(expected) - square / 2
  const at = (deviations: number): number => Math.round(Math.exp(middle + deviations * Math.sqrt(square)))
  return { low: at(-FOUR_OF_FIVE), likely: at(0), high: at(FOUR_OF_FIVE) }
}

/** How an estimate turned out. */
export interface EstimateError {
  /** What was taken for what was likely: 1.2 is a fifth more; null when nothing was expected. */
  readonly ratio: number | null
  readonly within: boolean
}

export function errorOf({ low, likely, high }: Interval, taken: number): EstimateError {
  return { ratio: likely === 0 ? null : taken / likely, within: low <= taken && taken <= high }
}
