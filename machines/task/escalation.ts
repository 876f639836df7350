// Escalation
//
// Owns:   who tries a task of an agent after all its own attempts failed: another model, then another kind of agent, each
//         once, then a person; and what that person is told.
// Leaves: trying (worker.ts), counting attempts (task.ts), planning the milestone anew (outcome-plan.ts).
//
// E1. A rung is climbed once, and the ladder has one of each sort at most: it ends.
// E2. A rung keeps what the one below it gained: another kind works with the other model.
// E3. Tests for coverage have no ladder: no model wrote them.

import { z } from 'zod'
import { shorten } from '../agent/agent-compaction.ts'
import { agentKinds } from '../agent/agent-kinds.ts'
import {
  type ModelsInUse,
  modelNameSchema,
  providerOf,
  type Role,
  roleSchema,
} from '../models/model-settings.ts'
import { isCoverageTask, type Task, taskKindSchema } from '../work.ts'

/** Who does an attempt. */
export const doerSchema = z.object({
  kind: taskKindSchema,
  role: roleSchema,
  /** Asked first of those of the role. */
  model: modelNameSchema,
})
export type Doer = z.infer<typeof doerSchema>

export const rungSortSchema = z.enum(['model', 'kind'])
export type RungSort = z.infer<typeof rungSortSchema>

export interface Rung {
  readonly by: RungSort
  readonly doer: Doer
}

const triedSchema = z.object({
  attempt: z.int().positive(),
  /** Null: nobody said. */
  doer: doerSchema.nullable(),
  /** What was wrong, the first of it. */
  reasons: z.array(z.string()),
})
export type Tried = z.infer<typeof triedSchema>

/** What a person is told of a task that nobody could do. */
export const handoverSchema = z.object({
  tried: z.array(triedSchema),
  /** What was handed in last, not merged; null: nothing was. */
  commit: z.string().nullable(),
  /** What can be done now, a sentence each. */
  advice: z.array(z.string()),
})
export type Handover = z.infer<typeof handoverSchema>

/** Who does a task as it was planned; undefined where no model is needed (E3), or none is known. */
export function plannedDoer(task: Task, models: ModelsInUse | null | undefined): Doer | undefined {
  if (!models || isCoverageTask(task)) return undefined
  const { kind } = task
  const { role } = agentKinds[kind]
  const model = headOf(models, role)
  return model === undefined ? undefined : { kind, role, model }
}

/** The rungs for a task, as far as there is anybody to stand on them; `sorts`: those that the policy wants. */
export function ladderOf(
  task: Task,
  models: ModelsInUse | null | undefined,
  sorts: readonly RungSort[],
): Rung[] {
  const planned = plannedDoer(task, models)
  if (!models || !planned) return []
  const other = sorts.includes('model') ? otherModel(planned, models) : undefined
  const kind = sorts.includes('kind') ? (agentKinds[planned.kind].helper ?? undefined) : undefined
  return [
    ...(other ? [{ by: 'model' as const, doer: other }] : []),
    ...(kind ? [{ by: 'kind' as const, doer: { ...(other ?? planned), kind } }] : []),
  ]
}

/** The one that plans is the strongest; else whoever else's stands in for it. */
function otherModel(planned: Doer, models: ModelsInUse): Doer | undefined {
  const strongest = headOf(models, 'planning')
  if (strongest !== undefined && strongest !== planned.model)
    return { ...planned, role: 'planning', model: strongest }
  const foreign = models[planned.role].chain.find((name) => providerOf(name) !== providerOf(planned.model))
  return foreign === undefined ? undefined : { ...planned, model: foreign }
}

function headOf(models: ModelsInUse, role: Role): string | undefined {
  return models[role].chain[0]
}

const MOST_REASONS = 5
const LONGEST_REASON = 500

/** One more that failed, short enough to be kept. */
export function withTry(tried: readonly Tried[], { reasons, ...of }: Tried): Tried[] {
  const more = reasons.length - MOST_REASONS
  const kept = reasons.slice(0, MOST_REASONS).map((reason) => shorten(reason, LONGEST_REASON))
  return [...tried, { ...of, reasons: more > 0 ? [...kept, `and ${more} more`] : kept }]
}

/** What whoever comes next is told: all of the last attempt, the first of those before it, latest first. */
export function failuresSoFar(reasons: readonly string[], tried: readonly Tried[]): string[] {
  const before = tried.slice(0, -1).toReversed()
  return [
    ...reasons,
    ...before.flatMap(({ attempt, reasons }) =>
      reasons.map((each) => `before, in attempt ${attempt}: ${each}`),
    ),
  ]
}

/** `spent`: the task's cap is used up. */
export function handoverOf(
  tried: readonly Tried[],
  commit: string | null,
  { spent }: { readonly spent: boolean },
): Handover {
  const look =
    commit === null
      ? []
      : [`look at what was handed in last, commit ${commit.slice(0, 12)}: it is not merged`]
  const way = spent
    ? 'give a task more (budget: task, in your own configuration file), or ask for less, and run again'
    : 'put right what stands in its way, or say more exactly what is wanted, and run again'
  return { tried: [...tried], commit, advice: [...look, way] }
}
