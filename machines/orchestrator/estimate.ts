// Estimate
//
// Estimates what planned tasks will cost, with an interval, from the costs of earlier tasks; and measures the error of
// an estimate.
// Leaves: storing costs (app/budget/history.ts).
//
// Costs of tasks vary widely: the cost for a task's size is taken as log-normal. Four of five sums lie in the interval.
// E2. With too few tasks of the same kind, tasks of all kinds are used; with none, the estimate is a wide guess and
//     says so.

import { z } from 'zod'
import type { Price } from '../models/usage.ts'

const amount = z.number().nonnegative()

/** Cost of a task over all its attempts. */
export const taskCostSchema = z.object({
  /** Kind of work: `coverage`, or an agent kind. */
  kind: z.string(),
  /** Size in the unit in which its kind is planned (statements, branches); 0: unknown. */
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
  /** Earlier tasks that it is based on; 0: a guess (E2). */
  from: z.int().nonnegative(),
})
export type Estimate = z.infer<typeof estimateSchema>

const ENOUGH = 5
/** A task of this size costs about twice as much as one of size 0. */
const SIZE = 100
/** Four of five values lie within this many standard deviations. */
const FOUR_OF_FIVE = 1.2816
/** A guess: twenty steps of an agent with some thousand tokens each, eight times more or less. */
const GUESS: Spread = { mean: Math.log(60_000), deviation: Math.log(8) / FOUR_OF_FIVE, samples: 1 }
/** Share of each price in the tokens of a call in the middle of a conversation. */
const MIXTURE = { cacheRead: 0.75, cacheWrite: 0.1, input: 0.1, output: 0.05 } as const

/** Of the logarithm of a task's cost divided by its weight. */
interface Spread {
  readonly mean: number
  readonly deviation: number
  readonly samples: number
}

/** `price`: of the model that does most of the work; null: nothing costs money. */
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
  // Few samples look more alike than the tasks are: the second term widens their deviation.
  const deviation = Math.sqrt(squares / (rates.length - 1) + 0.1 / rates.length)
  return { mean, deviation, samples: rates.length }
}

/**
 * The sum is treated as log-normal, too. Its variance is that of the tasks, each by itself, and that of the mean, whose
 * error is the same for all of them.
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

/** Error of an estimate. */
export interface EstimateError {
  /** Actual cost divided by the likely cost: 1.2 is a fifth more; null when nothing was expected. */
  readonly ratio: number | null
  readonly within: boolean
}

export function errorOf({ low, likely, high }: Interval, taken: number): EstimateError {
  return { ratio: likely === 0 ? null : taken / likely, within: low <= taken && taken <= high }
}
