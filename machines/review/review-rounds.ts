// Review rounds
//
// The rounds between a milestone's last planned merge and its claim: a review of everything merged, repairs of its
// findings, a review of these; and the findings left at the end.
// Leaves: one review (review.ts), the tasks' instructions (review-tasks.ts), when a round begins (orchestrator.ts).
//
// R1. At most `repairs` rounds of repair and one review more than that, whatever a reviewer says.
// R2. A confirmed finding stays until a later verification refutes it; the agent that repairs it does not decide.
// R3. Where reviews are required, neither an incomplete review nor a remaining error is a pass.

import { z } from 'zod'
import type { ReviewPolicy } from '../orchestrator/policy.ts'
import { isMet, type TaskState } from '../orchestrator/schedule.ts'
import { findingSchema, type JudgedFinding, judgedFindingSchema, type ReviewFinding } from './finding.ts'
import { gravity, MAX_VERIFIED_AGAIN, type ReviewReport, reviewReportSchema } from './review-state.ts'

/** The reviews of a milestone, for its report. */
export const reviewSummarySchema = z.object({
  /** Reviews begun. */
  reviews: z.int().nonnegative(),
  /** Rounds of repair. */
  repairs: z.int().nonnegative(),
  /** Findings of all reviews; those with `confirmed` remain. */
  findings: z.array(judgedFindingSchema),
  /** Number of findings that were left out because there were too many graver ones. */
  untold: z.int().nonnegative(),
  /** Why the last review is incomplete. */
  problems: z.array(z.string()),
})
export type ReviewSummary = z.infer<typeof reviewSummarySchema>

export interface Reviewing extends Readonly<ReviewSummary> {
  readonly stage: 'due' | 'under_way' | 'found' | 'repairing' | 'over'
  /** Ids of the last repairs. */
  readonly tasks: readonly string[]
}

/** The result of a repair. */
export interface Repair {
  readonly status: TaskState
  readonly files: readonly string[]
}

type RepairOf = (task: string) => Repair | undefined

export const notReviewed: Reviewing = {
  reviews: 0,
  repairs: 0,
  findings: [],
  untold: 0,
  problems: [],
  stage: 'due',
  tasks: [],
}

/**
 * The stage while no task runs. A round of repair that changed nothing is not reviewed: the review would find the same.
 */
export function stageOf({ stage, tasks }: Reviewing, repairOf: RepairOf): Reviewing['stage'] {
  if (stage !== 'repairing') return stage
  const repairs = tasks.map(repairOf)
  if (repairs.some((repair) => repair?.status === 'waiting' || repair?.status === 'running'))
    return 'repairing'
  return repairs.some(isMet) ? 'due' : 'over'
}

/** A review begins. */
export function withReview(reviewing: Reviewing): Reviewing {
  return { ...reviewing, reviews: reviewing.reviews + 1, stage: 'under_way' }
}

/** A round of repair begins. */
export function withRepairs(reviewing: Reviewing, tasks: readonly string[]): Reviewing {
  return { ...reviewing, repairs: reviewing.repairs + 1, stage: 'repairing', tasks }
}

/** Findings that the next review verifies again (R2). */
export function againOf({ findings }: Reviewing): ReviewFinding[] {
  return findings
    .filter(isLeft)
    .slice(0, MAX_VERIFIED_AGAIN)
    .map((finding) => findingSchema.parse(finding))
}

/** Findings that the next round repairs, the gravest first. */
export function toRepair({ findings }: Reviewing, { from }: ReviewPolicy): JudgedFinding[] {
  return findings
    .filter((finding) => isLeft(finding) && gravity(finding) <= gravity({ severity: from }))
    .toSorted((one, other) => gravity(one) - gravity(other))
}

/** A review ended; `answer` is its worker's answer. */
export function withAnswer(
  reviewing: Reviewing,
  answer: unknown,
  policy: ReviewPolicy,
  repairOf: RepairOf,
): Reviewing {
  const read = reviewReportSchema.safeParse(answer)
  if (!read.success) return withoutReview(reviewing, ['what was handed in is no report of a review'])
  const report = read.data
  const next = {
    ...reviewing,
    findings: [...lookedAgain(reviewing, report, repairOf), ...report.findings],
    untold: reviewing.untold + report.more,
    problems: problemsOf(report),
  }
  // R1.
  const goesOn = reviewing.repairs < policy.repairs && toRepair(next, policy).length > 0
  return { ...next, stage: goesOn ? 'found' : 'over' }
}

/** A review could not be made; a cancelled one is still due. */
export function withoutReview(
  reviewing: Reviewing,
  reasons: readonly string[],
  { cancelled = false } = {},
): Reviewing {
  const problems = reasons.map((reason) => `no review could be made: ${reason}`)
  return { ...reviewing, problems, stage: cancelled ? 'due' : 'over' }
}

/** Whether the reviews allow the milestone to be claimed (R3). */
export function isPassed(reviewing: Reviewing, policy: ReviewPolicy, repairOf: RepairOf): boolean {
  return stageOf(reviewing, repairOf) === 'over' && objections(reviewing, policy).length === 0
}

/** Why the milestone is not claimed, as sentences (R3). */
export function objections({ findings, problems }: Reviewing, { required }: ReviewPolicy): string[] {
  if (!required) return []
  const left = findings.filter((finding) => isLeft(finding) && finding.severity === 'error')
  return [...problems, ...left.map(({ file, line, title }) => `not repaired: ${file}:${line}: ${title}`)]
}

export function summaryOf({ reviews, repairs, findings, untold, problems }: Reviewing): ReviewSummary {
  return { reviews, repairs, findings: [...findings], untold, problems: [...problems] }
}

/** Whether it still has to be repaired. */
export function isLeft({ verdict }: Pick<JudgedFinding, 'verdict'>): boolean {
  return verdict === 'confirmed'
}

/** R2. A finding that the new review reports again is listed once, as the new one. */
function lookedAgain(reviewing: Reviewing, report: ReviewReport, repairOf: RepairOf): JudgedFinding[] {
  const repaired = new Set(
    reviewing.tasks.flatMap((task) =>
      repairOf(task)?.status === 'done' ? (repairOf(task)?.files ?? []) : [],
    ),
  )
  const reported = new Set(report.findings.map(findingName))
  const verdicts = report.again[Symbol.iterator]()
  let given = 0
  const after = reviewing.findings.map((finding): JudgedFinding => {
    if (!isLeft(finding) || given++ >= MAX_VERIFIED_AGAIN) return finding
    const { verdict, reason } = verdicts.next().value ?? { verdict: 'unchecked' as const }
    if (verdict === 'unchecked') return finding
    const gone = repaired.has(finding.file) ? 'repaired' : 'refuted'
    return {
      ...finding,
      verdict: verdict === 'refuted' ? gone : verdict,
      ...(reason !== undefined && { reason }),
    }
  })
  return after.filter((finding) => isLeft(finding) || !reported.has(findingName(finding)))
}

function problemsOf({ failures, findings }: ReviewReport): string[] {
  const unchecked = findings.filter(
    ({ severity, verdict }) => severity === 'error' && verdict === 'unchecked',
  )
  return [
    ...failures.map((failure) => `a part of the review could not be made: ${failure}`),
    ...unchecked.map(({ file, line, title }) => `nobody could check: ${file}:${line}: ${title}`),
  ]
}

/** Identifies a finding within one review. */
export function findingName({ file, line, title }: ReviewFinding): string {
  return `${file}:${line}:${title.toLowerCase()}`
}
