// Orchestrator's reviews
//
// The reviews in an orchestrator's state: whether one is due, its tasks, and the change when it ends.
// Leaves: the rounds themselves (review-rounds.ts), the tasks' instructions (review-tasks.ts).

import type { DevelopmentFact } from '../facts.ts'
import type { JudgedFinding } from '../review/finding.ts'
import {
  againOf,
  isPassed,
  notReviewed,
  objections,
  type Repair,
  stageOf,
  toRepair,
  withAnswer,
  withoutReview,
  withRepairs,
  withReview,
} from '../review/review-rounds.ts'
import { type ReviewOrder, repairTasks, reviewTask } from '../review/review-tasks.ts'
import { type AgentTask, isCoverageTask, type Task } from '../work.ts'
import type { OrchestratorState } from './orchestrator-state.ts'
import { prefixOf } from './outcome-plan.ts'
import { isMet } from './schedule.ts'

/** Whether everything planned is merged. */
export function isCarriedOut({ plan, tasks }: OrchestratorState): boolean {
  return plan?.tasks.every(({ id }) => isMet(tasks.get(id))) ?? false
}

/** Whether anything was merged that could be reviewed. */
function isChanged({ tasks }: OrchestratorState): boolean {
  return [...tasks.entries()].some(
    ([, { task, status }]) =>
      status === 'done' && !isCoverageTask(task) && task.kind !== 'plan' && !isReview(task),
  )
}

/** The tasks of a review round when everything planned is merged; empty when the reviews are over. */
export function reviewingTasks(book: OrchestratorState): AgentTask[] {
  const { reviewing = notReviewed, policy, milestone, line, round, begun } = book
  if (!policy.review || !isChanged(book)) return []
  // Merges are counted from 1.
  const tip = book.commits.get(String(book.commits.size))
  const order: ReviewOrder = { milestone, line, tip, round, prefix: prefixOf(begun) }
  switch (stageOf(reviewing, repairIn(book))) {
    case 'due':
      return [reviewTask(order, reviewing.reviews + 1, againOf(reviewing))]
    case 'found':
      return repairTasks(order, reviewing.repairs + 1, toRepair(reviewing, policy.review))
    default:
      return []
  }
}

/** The state of the reviews when this round begins. */
export function reviewingAfter(
  book: OrchestratorState,
  tasks: readonly Task[],
): Pick<OrchestratorState, 'reviewing'> {
  const { reviewing = notReviewed } = book
  if (tasks.length === 0 || !isCarriedOut(book)) return {}
  if (tasks.some(isReview)) return { reviewing: withReview(reviewing) }
  return {
    reviewing: withRepairs(
      reviewing,
      tasks.map(({ id }) => id),
    ),
  }
}

function repairIn({ tasks }: OrchestratorState): (id: string) => Repair | undefined {
  return (id) => {
    const entry = tasks.get(id)
    if (!entry || isCoverageTask(entry.task)) return undefined
    return { status: entry.status, files: entry.task.files }
  }
}

/** Whether the reviews allow the milestone to be claimed. */
export function isReviewed(book: OrchestratorState): boolean {
  const { reviewing = notReviewed, policy } = book
  return !policy.review || !isChanged(book) || isPassed(reviewing, policy.review, repairIn(book))
}

/** Why the milestone cannot be claimed although everything is merged and reviewed. */
export function objectionsOf(book: OrchestratorState): readonly string[] {
  const { reviewing, policy } = book
  return reviewing && policy.review && isCarriedOut(book) ? objections(reviewing, policy.review) : []
}

/** The change of the state when a review is answered. */
export function withReviewAnswer(
  book: OrchestratorState,
  answer: unknown,
): Pick<OrchestratorState, 'reviewing'> {
  const { reviewing = notReviewed, policy } = book
  return policy.review ? { reviewing: withAnswer(reviewing, answer, policy.review, repairIn(book)) } : {}
}

/** The change of the state when a review ends without an answer. */
export function withReviewLost(
  book: OrchestratorState,
  reasons: readonly string[],
): Pick<OrchestratorState, 'reviewing'> {
  const { reviewing = notReviewed, cancelled } = book
  return { reviewing: withoutReview(reviewing, reasons, { cancelled }) }
}

/** Telemetry of a review's findings. */
export function reviewFacts(
  before: OrchestratorState,
  task: Task,
  { reviewing }: Partial<OrchestratorState>,
): DevelopmentFact[] {
  if (!isReview(task) || !reviewing) return []
  const of = { milestone: before.milestone.id, task: task.id, review: reviewing.reviews }
  const known = new Set(before.reviewing?.findings)
  const judged = reviewing.findings.filter((finding) => !known.has(finding))
  const { problems, findings } = reviewing
  const count = (verdict: JudgedFinding['verdict']): number =>
    findings.filter((finding) => finding.verdict === verdict).length
  const counts = {
    confirmed: count('confirmed'),
    repaired: count('repaired'),
    refuted: count('refuted'),
    unchecked: count('unchecked'),
  }
  return [
    ...judged.map((finding) => ({ type: 'review.finding' as const, ...of, ...finding })),
    { type: 'review.made', ...of, ...counts, problems },
  ]
}

export function isReview(task: Task): boolean {
  return !isCoverageTask(task) && task.kind === 'review'
}
