// History
//
// Owns:   what the tasks of earlier runs took, kept in the data directory for the estimates of later ones: folded from
//         the facts of a run, added when it is over.
// Leaves: what follows from it (machines/orchestrator/estimate.ts), when a run begins and ends (run/).
//
// H1. A history that cannot be read is none: an estimate is worth no failed run. Of one with rows that cannot be read, the others
//     count.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type DevelopmentFact, type RunFact, type TaskCost, taskCostSchema } from '../../machines/index.ts'
import { writeJsonFile } from '../../platform/index.ts'

const KEPT = 500

/** What the tasks of a run have taken so far, by `<milestone>/<task>`; JSON, to be kept as the totals are. */
export type Costs = Readonly<Record<string, TaskCost>>

/** The costs after a fact. */
export function withFact(costs: Costs, fact: RunFact): Costs {
  if (fact.type !== 'emitted') return costs
  const event = fact.event as DevelopmentFact
  switch (event.type) {
    case 'task.planned':
      return withTask(costs, event, { kind: event.kind ?? kindFrom(event.gap), size: event.gap ?? 0 })
    case 'budget.settled': {
      const { milestone, task, tokens, microdollars } = event
      if (milestone === null || task === null) return costs
      const known = costs[`${milestone}/${task}`] ?? unknown
      const sums = { tokens: known.tokens + tokens, microdollars: known.microdollars + microdollars }
      return withTask(costs, { milestone, task }, sums)
    }
    default:
      return costs
  }
}

const unknown: TaskCost = { kind: kindFrom(undefined), size: 0, tokens: 0, microdollars: 0 }

function withTask(
  costs: Costs,
  { milestone, task }: { milestone: string; task: string },
  change: Partial<TaskCost>,
): Costs {
  const key = `${milestone}/${task}`
  return { ...costs, [key]: { ...(costs[key] ?? unknown), ...change } }
}

function kindFrom(gap: number | undefined): string {
  return gap === undefined ? 'change' : 'coverage'
}

export async function readHistory(dataDirectory: string): Promise<TaskCost[]> {
  try {
    const rows = z.array(z.unknown()).parse(JSON.parse(await readFile(fileOf(dataDirectory), 'utf8')))
    return rows.flatMap((row) => taskCostSchema.safeParse(row).data ?? [])
  } catch {
    return []
  }
}

/** Adds what the tasks of a run took; those that called no model say nothing. */
export async function addHistory(dataDirectory: string, costs: Costs): Promise<void> {
  const fresh = Object.values(costs).filter(({ tokens }) => tokens > 0)
  if (fresh.length === 0) return
  const all = [...(await readHistory(dataDirectory)), ...fresh].slice(-KEPT)
  await writeJsonFile(fileOf(dataDirectory), all, { indent: 0 })
}

function fileOf(dataDirectory: string): string {
  return join(dataDirectory, 'costs.json')
}
