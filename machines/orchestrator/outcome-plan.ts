// Outcome plan
//
// The tasks of a round for a milestone whose goal is in words: first one task to plan, then the planned tasks, then
// another plan when some of them failed.
// Leaves: the plan itself (a planner, agent.ts), milestones with a coverage goal (plan.ts).
//
// O1. A planner's answer is a plan only when it has the right shape and no task needs itself. Its ids are made unique
//     in the milestone, because merges are recorded under them.
// O2. A milestone is planned at most `policy.plans` times; each later planner reads the failures of the earlier plans.

import { z } from 'zod'
import { type Plan, planSchema } from '../agent/agent-kinds.ts'
import type { AgentTask, Milestone } from '../work.ts'
import { checkGraph } from './graph.ts'
import type { Policy } from './policy.ts'
import type { TaskEntry } from './schedule.ts'

export interface OutcomePlanInput {
  readonly milestone: Milestone
  readonly round: number
  /** How often the milestone was begun, this time included. */
  readonly begun: number
  /** The last plan; null: none yet. */
  readonly plan: Plan | null
  /** How many plans were made or tried. */
  readonly plans: number
  /** Whether the tasks of the last plan were started already. */
  readonly isUsed: boolean
  /** All tasks so far. */
  readonly tasks: Iterable<TaskEntry>
  readonly policy: Pick<Policy, 'plans'>
}

/** The tasks of the next round; empty when nothing is left to try. */
export function outcomeTasks(input: OutcomePlanInput): AgentTask[] {
  const { plan, round, plans, isUsed, policy } = input
  if (plan && !isUsed) return plan.tasks.map((task) => ({ ...task, round }))
  return plans < policy.plans ? [planningTask(input)] : []
}

/** A planner's answer as a plan with unique ids (O1), or its problems. */
export function readPlan(
  answer: unknown,
  { begun, plans }: Pick<OutcomePlanInput, 'begun' | 'plans'>,
): { readonly plan: Plan } | { readonly problems: readonly string[] } {
  const parsed = planSchema.safeParse(answer)
  if (!parsed.success) return { problems: [z.prettifyError(parsed.error)] }
  const { tasks } = parsed.data
  const problems = checkGraph(tasks, 'task')
  if (problems.length > 0) return { problems }
  const own = (id: string): string => `${prefixOf(begun)}p${plans}-${id}`
  return { plan: { tasks: tasks.map((task) => ({ ...task, id: own(task.id), needs: task.needs.map(own) })) } }
}

/** Prefix that separates the tries of a milestone. */
export function prefixOf(begun: number): string {
  return begun > 1 ? `t${begun}-` : ''
}

function planningTask({ milestone, round, begun, plans, tasks }: OutcomePlanInput): AgentTask {
  return {
    id: `${prefixOf(begun)}plan-${plans + 1}`,
    kind: 'plan',
    title: `plan ${milestone.name.slice(0, 120)}`,
    instructions: [wish(milestone), ...history(tasks)].join('\n\n'),
    files: [],
    round,
    needs: [],
  }
}

/** The goal in the user's words. */
export function wish({ name, goal }: Milestone): string {
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
    `These tasks were tried before. What is done is merged; plan only what is still missing.\n${lines.join('\n')}`,
  ]
}
