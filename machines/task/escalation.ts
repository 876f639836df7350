// Escalation
//
// Decides who tries an agent's task after its own attempts failed: another model, then another kind of agent, then a
// person, and writes the report for that person.
// Leaves: the attempts (worker.ts), counting them (task.ts), a new plan for the milestone (outcome-plan.ts).
//
// E1. Each step is taken once, and there is at most one of each kind: escalation ends.
// E2. A step keeps the gain of the step before: the other kind works with the other model.
// E3. Coverage tasks do not escalate: no model wrote their tests.

import { z } from 'zod'
import { shorten } from '../agent/agent-compaction.ts'
import { agentKinds, taskKindSchema } from '../agent/agent-kinds.ts'
import {
  type ModelsInUse,
  modelNameSchema,
  providerOf,
  type Role,
  roleSchema,
} from '../models/model-settings.ts'
import { isCoverageTask, type Task } from '../work.ts'

/** The agent that makes an attempt: its kind, and the model it asks first. */
export const assigneeSchema = z.object({
  kind: taskKindSchema,
  role: roleSchema,
  /** Asked before the others of the role's chain. */
  model: modelNameSchema,
})
export type Assignee = z.infer<typeof assigneeSchema>

export const escalationKindSchema = z.enum(['model', 'kind'])
export type EscalationKind = z.infer<typeof escalationKindSchema>

export interface EscalationStep {
  readonly by: EscalationKind
  readonly assignee: Assignee
}

const failedAttemptSchema = z.object({
  attempt: z.int().positive(),
  /** Null: unknown. */
  assignee: assigneeSchema.nullable(),
  /** The first reasons for its failure. */
  reasons: z.array(z.string()),
})
export type FailedAttempt = z.infer<typeof failedAttemptSchema>

/** The report for a person about a task that no agent finished. */
export const handoverSchema = z.object({
  tried: z.array(failedAttemptSchema),
  /** The last submitted commit, not merged; null: nothing was submitted. */
  commit: z.string().nullable(),
  /** Ways on, a sentence each. */
  advice: z.array(z.string()),
})
export type Handover = z.infer<typeof handoverSchema>

/** The agent a task was planned for; undefined where no model is needed (E3) or none is configured. */
export function plannedAssignee(task: Task, models: ModelsInUse | null | undefined): Assignee | undefined {
  if (!models || isCoverageTask(task)) return undefined
  const { kind } = task
  const { role } = agentKinds[kind]
  const model = headOf(models, role)
  return model === undefined ? undefined : { kind, role, model }
}

/** The steps of a task for which a model or kind exists; `kinds`: those of the policy. */
export function escalationSteps(
  task: Task,
  models: ModelsInUse | null | undefined,
  kinds: readonly EscalationKind[],
): EscalationStep[] {
  const planned = plannedAssignee(task, models)
  if (!models || !planned) return []
  const other = kinds.includes('model') ? otherModel(planned, models) : undefined
  const kind = kinds.includes('kind') ? (agentKinds[planned.kind].helper ?? undefined) : undefined
  return [
    ...(other ? [{ by: 'model' as const, assignee: other }] : []),
    ...(kind ? [{ by: 'kind' as const, assignee: { ...(other ?? planned), kind } }] : []),
  ]
}

/** The planning model counts as the strongest; if it was used already, the first of another vendor. */
function otherModel(planned: Assignee, models: ModelsInUse): Assignee | undefined {
  const strongest = headOf(models, 'planning')
  if (strongest !== undefined && strongest !== planned.model)
    return { ...planned, role: 'planning', model: strongest }
  const foreign = models[planned.role].chain.find((name) => providerOf(name) !== providerOf(planned.model))
  return foreign === undefined ? undefined : { ...planned, model: foreign }
}

function headOf(models: ModelsInUse, role: Role): string | undefined {
  return models[role].chain[0]
}

const MAX_REASONS = 5
const LONGEST_REASON = 500

/** Adds a failed attempt; its reasons are shortened to be stored. */
export function withTry(tried: readonly FailedAttempt[], { reasons, ...of }: FailedAttempt): FailedAttempt[] {
  const more = reasons.length - MAX_REASONS
  const kept = reasons.slice(0, MAX_REASONS).map((reason) => shorten(reason, LONGEST_REASON))
  return [...tried, { ...of, reasons: more > 0 ? [...kept, `and ${more} more`] : kept }]
}

/** For the next assignee: all reasons of the last attempt, then the first ones of those before, latest first. */
export function failuresSoFar(reasons: readonly string[], tried: readonly FailedAttempt[]): string[] {
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
  tried: readonly FailedAttempt[],
  commit: string | null,
  { spent }: { readonly spent: boolean },
): Handover {
  const look =
    commit === null ? [] : [`look at the last submitted commit, ${commit.slice(0, 12)}: it is not merged`]
  const way = spent
    ? 'give a task more (budget: task, in your own configuration file), or ask for less, and run again'
    : 'fix the reason for the failure, or describe the task more exactly, and run again'
  return { tried: [...tried], commit, advice: [...look, way] }
}
