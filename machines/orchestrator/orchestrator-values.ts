// Orchestrator values
//
// The state of an orchestrator, and every value computed from it without an event.
// Leaves: when these functions are called (orchestrator.ts).

import { PersistentMap } from '../../kernel/index.ts'
import { childAddress } from '../children.ts'
import type { DevelopmentFact } from '../facts.ts'
import { summaryOf } from '../review/review-rounds.ts'
import { type FailedTask, noTasks } from '../supervisor/report.ts'
import { escalationSteps, type Handover, plannedAssignee } from '../task/escalation.ts'
import type { TaskInput, TaskOutput } from '../task/task.ts'
import { aboutOf, isCoverageGoal, isCoverageTask, percent, type Task } from '../work.ts'
import { coverageOf } from './coverage.ts'
import {
  isCarriedOut,
  isReview,
  isReviewed,
  objectionsOf,
  reviewingAfter,
  reviewingTasks,
  withReviewAnswer,
  withReviewLost,
} from './orchestrator-reviews.ts'
import type { OrchestratorInput, OrchestratorOutput, OrchestratorState } from './orchestrator-state.ts'
import { outcomeTasks, readPlan } from './outcome-plan.ts'
import { type ModuleHistory, planTasks } from './plan.ts'
import type { TaskEntry, TaskState } from './schedule.ts'

/** The state at the beginning of a milestone. */
export function openBook(input: OrchestratorInput): OrchestratorState {
  return {
    ...input,
    ...coverageOf(input.measurement),
    round: 1,
    // Lower than any count, so that the first round counts as a gain.
    coveredBefore: -1,
    order: [],
    tasks: PersistentMap.empty<TaskEntry>(),
    running: [],
    counts: noTasks,
    history: PersistentMap.empty<ModuleHistory>(),
    plan: null,
    plans: 0,
    commits: PersistentMap.empty<string>(),
    reasons: [],
    cancelled: false,
  }
}

/** The tasks of the round that begins. */
export function planned(book: OrchestratorState): Task[] {
  const { goal } = book.milestone
  if (!isCoverageGoal(goal))
    return isCarriedOut(book) ? reviewingTasks(book) : outcomeTasks(outcomeInput(book))
  return planTasks({
    ...book,
    goal,
    coverage: [...book.modules.entries()].map(([, module]) => module),
    modules: book.sources,
    historyOf: (module) => book.history.get(module),
    gained: book.branches.covered > book.coveredBefore,
  })
}

function outcomeInput(book: OrchestratorState) {
  const { plan, tasks } = book
  const isUsed = plan?.tasks.some(({ id }) => tasks.get(id) !== undefined) ?? false
  return { ...book, isUsed, tasks: [...tasks.entries()].map(([, entry]) => entry) }
}

/** The output of the milestone for the supervisor. */
export function outputOf(book: OrchestratorState): OrchestratorOutput {
  const claimed = isReached(book)
  return {
    milestone: book.milestone.id,
    claimed,
    tasks: book.counts,
    commits: commitsOf(book),
    branches: { before: book.measurement.branches, after: book.branches },
    failures: failuresOf(book),
    ...(book.reviewing && { review: summaryOf(book.reviewing) }),
    reasons: claimed ? [] : book.reasons,
  }
}

/** Why nothing more can be done although the goal is not reached. */
export function reasonsOf(book: OrchestratorState): readonly string[] {
  const left = objectionsOf(book)
  return left.length > 0 ? left : ['nothing is left to try']
}

/** Whether the goal is reached: the merge queue measured the coverage, or everything planned is merged and reviewed. */
export function isReached(book: OrchestratorState): boolean {
  const { branches, milestone } = book
  const { goal } = milestone
  if (isCoverageGoal(goal)) return percent(branches) >= goal.branchCoverage
  return isCarriedOut(book) && isReviewed(book)
}

/** The stored form of a task. */
export function entryOf(
  task: Task,
  status: TaskState = 'waiting',
  reasons: readonly string[] = [],
): TaskEntry {
  return { task, status, reasons }
}

/** Looks tasks up by id. */
export function lookIn({ tasks }: OrchestratorState): (id: string) => TaskEntry | undefined {
  return (id) => tasks.get(id)
}

/** The input of a task. */
export function taskInput(book: OrchestratorState, task: Task): TaskInput {
  const { address, pool, site, line, policy, order, models, budget } = book
  const assignee = plannedAssignee(task, models)
  return {
    address: childAddress(address, `task:${task.id}`),
    pool,
    integrator: childAddress(address, 'integrator'),
    task,
    site,
    line,
    attempts: policy.attempts,
    // Not by its gap alone: a small task that many others wait for precedes a large one that no other needs.
    priority: order.length - order.indexOf(task.id),
    ...(assignee && { assignee, escalation: escalationSteps(task, models, policy.escalation) }),
    ...(budget !== undefined && { budget }),
  }
}

/** The change of the state when a task ends. */
export function ended(
  book: OrchestratorState,
  task: Task,
  status: TaskOutput['status'],
  reasons: readonly string[],
  handover?: Handover,
): Pick<OrchestratorState, 'tasks' | 'running' | 'counts' | 'history' | 'reviewing'> {
  const { history } = book
  return {
    // A review that ended without an answer.
    ...(isReview(task) && withReviewLost(book, reasons)),
    tasks: book.tasks.set(task.id, { ...entryOf(task, status, reasons), ...(handover && { handover }) }),
    running: book.running.filter((id) => id !== task.id),
    counts: { ...book.counts, [status]: book.counts[status] + 1 },
    history: isCoverageTask(task)
      ? history.set(task.module, { tasks: (history.get(task.module)?.tasks ?? 0) + 1, last: status })
      : history,
  }
}

/** The number of plans and the stage of the reviews when this round begins. */
export function begunWith(
  book: OrchestratorState,
  tasks: readonly Task[],
): Pick<OrchestratorState, 'plans' | 'reviewing'> {
  const { plans } = book
  return { plans: plans + tasks.filter(isPlanning).length, ...reviewingAfter(book, tasks) }
}

function isPlanning(task: Task): boolean {
  return !isCoverageTask(task) && task.kind === 'plan'
}

/** The change of the state when a task ends with an answer and no commit: a plan, a review, or neither. */
export function answered(book: OrchestratorState, task: Task, answer: unknown): Partial<OrchestratorState> {
  if (isReview(task)) return { ...ended(book, task, 'done', []), ...withReviewAnswer(book, answer) }
  if (!isPlanning(task)) return ended(book, task, 'done', [])
  const read = readPlan(answer, { begun: book.begun, plans: book.plans })
  if ('problems' in read) return ended(book, task, 'failed', read.problems)
  return { ...ended(book, task, 'done', []), plan: read.plan }
}

/** Telemetry: a task failed. */
export function failed(
  { milestone }: OrchestratorState,
  task: Task,
  reasons: readonly string[],
): DevelopmentFact {
  return { type: 'task.failed', milestone: milestone.id, task: task.id, ...aboutOf(task), reasons }
}

function commitsOf({ commits }: OrchestratorState): string[] {
  return [...commits.entries()].sort(([a], [b]) => Number(a) - Number(b)).map(([, commit]) => commit)
}

function failuresOf({ tasks, milestone }: OrchestratorState): FailedTask[] {
  return [...tasks.entries()]
    .filter(([, { status }]) => status === 'failed')
    .map(([id, { task, reasons, handover }]) => ({
      milestone: milestone.id,
      task: id,
      ...aboutOf(task),
      reasons: [...reasons],
      ...(handover && { handover }),
    }))
}
