// Forecast
//
// Owns:   saying what planned tasks will probably take, once they are planned, and how far off that was, at the end.
// Leaves: the estimate (machines/orchestrator/estimate.ts), what earlier runs took (history.ts).
//
// F1. Its figures are in the store: a run that was killed and resumed ends with the same sentence.
// F2. It is worth no failed run: what goes wrong with it is told to the log.

import { z } from 'zod'
import {
  type DevelopmentFact,
  type Estimate,
  estimate,
  estimateSchema,
  type PlannedTask,
  type Price,
  type RunFact,
  taskCostSchema,
} from '../../machines/index.ts'
import type { Metadata } from '../../persistence/index.ts'
import { errorTexts, estimateText } from './estimate-text.ts'
import { addHistory, type Costs, readHistory, withFact } from './history.ts'

interface ForecastOptions {
  readonly store: Metadata
  readonly dataDirectory: string
  /** Of the model that does most of the work. */
  readonly price: Price
  readonly say: (sentence: string) => void
  readonly onError: (error: unknown) => void
}

export interface Forecast {
  take(fact: RunFact): void
  close(): Promise<void>
}

const KEY = 'forecast'
const keptSchema = z.object({
  costs: z.record(z.string(), taskCostSchema),
  estimate: estimateSchema.nullable(),
})
type StoredForecast = z.infer<typeof keptSchema>

export async function openForecast(options: ForecastOptions): Promise<Forecast> {
  const { store, dataDirectory, price, say, onError } = options
  const kept = keptSchema.safeParse(await store.readMeta(KEY)).data
  const history = await readHistory(dataDirectory)
  let costs: Costs = kept?.costs ?? {}
  let expected: Estimate | null = kept?.estimate ?? null
  let expecting = 0
  const planned: PlannedTask[] = []
  let over = false

  function plan(tasks: readonly PlannedTask[]): void {
    const fresh = estimate(tasks, history, price)
    expected = expected === null ? fresh : sum(expected, fresh)
    say(`estimated: ${estimateText(fresh)}`)
  }

  return {
    take(fact) {
      if (fact.type !== 'emitted') return
      costs = withFact(costs, fact)
      const event = fact.event as DevelopmentFact
      if (event.type === 'milestone.planned') expecting = event.tasks
      if (event.type === 'task.planned') {
        // What planning itself takes is known before anything can be estimated.
        if (event.kind !== undefined && event.kind !== 'plan') planned.push({ kind: event.kind, size: 0 })
        expecting -= 1
        if (expecting === 0 && planned.length > 0) plan(planned.splice(0))
      }
      if (event.type === 'run.finished') {
        over = true
        if (expected) for (const line of errorTexts(expected, taken(costs))) say(`taken: ${line}`)
      }
    },
    async close() {
      try {
        const state: StoredForecast = { costs: { ...costs }, estimate: expected }
        await store.writeMeta(KEY, state)
        if (over) await addHistory(dataDirectory, costs)
      } catch (error) {
        onError(error)
      }
    },
  }
}

/** Of the tasks that were estimated. */
function taken(costs: Costs): { tokens: number; microdollars: number } {
  const all = Object.values(costs).filter(({ kind }) => kind !== 'plan')
  return {
    tokens: all.reduce((total, each) => total + each.tokens, 0),
    microdollars: all.reduce((total, each) => total + each.microdollars, 0),
  }
}

/** Of rounds that follow one another; too wide rather than too narrow. */
function sum(one: Estimate, other: Estimate): Estimate {
  const added = (of: 'tokens' | 'microdollars') => ({
    low: one[of].low + other[of].low,
    likely: one[of].likely + other[of].likely,
    high: one[of].high + other[of].high,
  })
  return {
    tasks: one.tasks + other.tasks,
    tokens: added('tokens'),
    microdollars: added('microdollars'),
    from: Math.min(one.from, other.from),
  }
}
