// Outcome plan
//
// Owns:   which tasks a round of a milestone has that is told in words: first one to plan, then what was planned; and
//         once more when some of it failed.
// Leaves: the plan itself (a planner, agent.ts), milestones told by coverage (plan.ts).
//
// O1. What a planner says is a plan only when it has the shape, its ids are new and nothing needs itself.
// O2. A milestone is planned `policy.plans` times at most, each time but the first with what failed before.

import { z } from 'zod'
import { type AgentTask, type Milestone, type Plan, planSchema } from '../work.ts'
import { checkGraph } from './graph.ts'
import type { Policy } from './policy.ts'
import type { TaskEntry } from './schedule.ts'

export interface OutcomePlanInput {
  readonly milestone: Milestone
  readonly round: number
  /** The last that was made; null: none yet. */
  readonly plan: Plan | null
  /** How many were made or tried to be made. */
  readonly plans: number
  /** Whether the tasks of the last plan were planned already. */
  readonly isUsed: boolean
  /** All tasks so far. */
  readonly tasks: Iterable<TaskEntry>
  readonly policy: Pick<Policy, 'plans'>
}

/** The tasks of the next round; none when nothing is left to try. */
export function outcomeTasks(input: OutcomePlanInput): AgentTask[] {
  const { plan, round, plans, isUsed, policy } = input
  if (plan && !isUsed) return plan.tasks.map((task) => ({ ...task, round }))
  return plans < policy.plans ? [planningTask(input)] : []
}

/** What a planner handed in, read as a plan (O1); or what is wrong with it. */
export function readPlan(
  answer: unknown,
  isTaken: (id: string) => boolean,
): { readonly plan: Plan } | { readonly problems: readonly string[] } {
  const parsed = planSchema.safeParse(answer)
  if (!parsed.success) return { problems: [z.prettifyError(parsed.error)] }
  const { tasks } = parsed.data
  const taken = tasks
    .filter(({ id }) => isTaken(id))
    .map(({ id }) => `task "${id}" was there before: give it another id`)
  const problems = [...checkGraph(tasks, 'task'), ...taken]
  return problems.length > 0 ? { problems } : { plan: parsed.data }
}

function planningTask({ milestone, round, plans, tasks }: OutcomePlanInput): AgentTask {
  return {
    id: `plan-${plans + 1}`,
    kind: 'plan',
    title: `plan ${milestone.name}`,
    instructions: [wish(milestone), ...history(tasks)].join('\n\n'),
    files: [],
    round,
    needs: [],
  }
}

function wish({ name, goal }: Milestone): string {
  return 'outcome' in goal ? `${name}\n\n${goal.outcome}` : name
}

/** O2. */
function history(tasks: Iterable<TaskEntry>): string[] {
  const all = [...tasks].filter(({ task }) => !('kind' in task && task.kind === 'plan'))
  if (all.length === 0) return []
  const lines = all.map(
    ({ task, status, reasons }) =>
      `- ${task.id} ("${'title' in task ? task.title : task.module}"): ${status}${reasons.length > 0 ? `: ${reasons.join('; ').slice(0, 500)}` : ''}`,
  )
  return [
    `These tasks were tried before. What is done is merged; plan only what is still missing, under new ids.\n${lines.join('\n')}`,
  ]
}
