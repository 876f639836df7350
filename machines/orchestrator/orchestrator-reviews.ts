// Orchestrator's reviews
//
// Owns:   what an orchestrator's book says of reviews: whether one is due, its tasks, what changes when it ends.
// Leaves: the rounds themselves (review-rounds.ts), the tasks' words (review-tasks.ts).

import type { DevelopmentFact } from '../facts.ts'
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
import { type AgentTask, isCoverageTask, type JudgedFinding, type Task } from '../work.ts'
import type { Book } from './orchestrator-book.ts'
import { prefixOf } from './outcome-plan.ts'
import { isMet } from './schedule.ts'

/** All that was planned is merged. */
export function isCarriedOut({ plan, tasks }: Book): boolean {
  return plan?.tasks.every(({ id }) => isMet(tasks.get(id))) ?? false
}

/** Whether anything was merged that could be reviewed. */
function isChanged({ tasks }: Book): boolean {
  return [...tasks.entries()].some(
    ([, { task, status }]) =>
      status === 'done' && !isCoverageTask(task) && task.kind !== 'plan' && !isReview(task),
  )
}

/** The tasks of a round when all that was planned is merged; none when reviews are over. */
export function reviewingTasks(book: Book): AgentTask[] {
  const { reviewing = notReviewed, policy, milestone, line, round, begun } = book
  if (!policy.review || !isChanged(book)) return []
  // They are counted from 1.
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

/** What is known of reviews once this round is begun. */
export function reviewingAfter(book: Book, tasks: readonly Task[]): Pick<Book, 'reviewing'> {
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

function repairIn({ tasks }: Book): (id: string) => Repair | undefined {
  return (id) => {
    const entry = tasks.get(id)
    if (!entry || isCoverageTask(entry.task)) return undefined
    return { status: entry.status, files: entry.task.files }
  }
}

/** Whether nothing stands against a claim any more. */
export function isReviewed(book: Book): boolean {
  const { reviewing = notReviewed, policy } = book
  return !policy.review || !isChanged(book) || isPassed(reviewing, policy.review, repairIn(book))
}

/** What stands against a claim when all is merged and reviewed. */
export function objectionsOf(book: Book): readonly string[] {
  const { reviewing, policy } = book
  return reviewing && policy.review && isCarriedOut(book) ? objections(reviewing, policy.review) : []
}

/** What changes when a review comes back. */
export function withReviewAnswer(book: Book, answer: unknown): Pick<Book, 'reviewing'> {
  const { reviewing = notReviewed, policy } = book
  return policy.review ? { reviewing: withAnswer(reviewing, answer, policy.review, repairIn(book)) } : {}
}

/** What changes when a review ends in any other way. */
export function withReviewLost(book: Book, reasons: readonly string[]): Pick<Book, 'reviewing'> {
  const { reviewing = notReviewed, cancelled } = book
  return { reviewing: withoutReview(reviewing, reasons, { cancelled }) }
}

/** What a review found, for readers. */
export function reviewFacts(before: Book, task: Task, { reviewing }: Partial<Book>): DevelopmentFact[] {
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
