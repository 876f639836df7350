// Supervisor state
//
// The state of a supervisor, and every value computed from it without an event.
// Leaves: when these functions are called (supervisor.ts).

import type { Address } from '../../kernel/index.ts'
import { childAddress } from '../children.ts'
import type { DevelopmentFact } from '../facts.ts'
import type { InvocationInput } from '../invocations.ts'
import type { OrchestratorInput, OrchestratorOutput } from '../orchestrator/orchestrator-state.ts'
import type { MilestoneBranchRef, RepositorySnapshot } from '../repository-snapshot.ts'
import {
  type AcceptCheck,
  type Goal,
  isCoverageGoal,
  type Measurement,
  type Milestone,
  percent,
  type Survey,
} from '../work.ts'
import {
  type FailedTask,
  type MilestoneDelivery,
  type MilestoneReport,
  noTasks,
  type RunReport,
} from './report.ts'
import { type MilestoneStatus, type MilestoneStatuses, nextMilestone, skippedMilestones } from './roadmap.ts'
import type { RunInput } from './run-input.ts'
import { runReport } from './run-report.ts'

export interface SupervisorInput extends RunInput {
  readonly pool: Address
  readonly budgetAt: Address
}

export interface RunSupervisorState extends SupervisorInput {
  readonly site: RepositorySnapshot | null
  readonly sources: readonly string[]
  /** Of the commit that was surveyed. */
  readonly baseline: Measurement | null
  /** Of the last milestone branch's tip, as measured here. */
  readonly measurement: Measurement | null
  readonly current: Milestone | null
  /** Coverage of the milestone's branch after the work; null until then. */
  readonly measured: Measurement | null
  readonly line: MilestoneBranchRef | null
  readonly lines: readonly MilestoneBranchRef[]
  /** The orchestrator's output for the current milestone; null when it was lost. */
  readonly claim: OrchestratorOutput | null
  /** Why the result was not accepted; null: accepted, or not checked yet. */
  readonly unaccepted: readonly string[] | null
  /** Why the current milestone was not worked on to its end. */
  readonly trouble: readonly string[]
  readonly measuringFaults: number
  /** How many times computing time was reported to the budget. */
  readonly spends: number
  readonly results: readonly MilestoneReport[]
  readonly failures: readonly FailedTask[]
  readonly refusals: readonly string[]
  readonly reasons: readonly string[]
  /** Empty until the end of the run. */
  readonly deliveries: readonly MilestoneDelivery[]
  /** Why delivery could not be tried. */
  readonly undelivered?: string
  readonly paused: boolean
  readonly stopping: boolean
}

/** The state at the beginning of a run. */
export function openBook(input: SupervisorInput): RunSupervisorState {
  return {
    ...input,
    site: null,
    sources: [],
    baseline: null,
    measurement: null,
    current: null,
    line: null,
    lines: [],
    measured: null,
    claim: null,
    unaccepted: null,
    spends: 0,
    trouble: [],
    measuringFaults: 0,
    results: [],
    failures: [],
    refusals: [],
    reasons: [],
    deliveries: [],
    paused: false,
    stopping: false,
  }
}

/** The part of a survey that is kept. */
export function surveyed({ measurement, modules, ...site }: Survey) {
  return { site, sources: modules, baseline: measurement, measurement }
}

/** The milestone to work on next. */
export function nextOf(book: RunSupervisorState): Milestone | null {
  return nextMilestone(book.roadmap, standingsOf(book), book.policy.tries)
}

/** A milestone that needs no work: its goal was reached before its turn. */
export function reachedAlready(book: RunSupervisorState): Milestone | null {
  const standings = standingsOf(book)
  const has = (id: string): boolean => standings.get(id)?.status === 'reached'
  const found = book.roadmap.find(
    (milestone) => !has(milestone.id) && milestone.needs.every(has) && isCovered(milestone, book.measurement),
  )
  return found ?? null
}

/** The milestones that will not be begun any more, each with the reason. */
export function skippedOf(book: RunSupervisorState): ReturnType<typeof skippedMilestones> {
  const standings = standingsOf(book)
  if (!book.stopping) return skippedMilestones(book.roadmap, standings, book.policy.tries)
  return book.roadmap
    .filter(({ id }) => !standings.has(id))
    .map((milestone) => ({ milestone, reason: 'the run was stopped before it was begun' }))
}

/** Progress of each milestone; only its last result counts. */
function standingsOf({ results }: RunSupervisorState): MilestoneStatuses {
  const standings = new Map<string, MilestoneStatus>()
  for (const { milestone, status, branches } of results) {
    const tries = (standings.get(milestone)?.tries ?? 0) + 1
    standings.set(milestone, { status, tries, gained: branches.after.covered > branches.before.covered })
  }
  return standings
}

function isCovered({ goal }: Milestone, measurement: Measurement | null): boolean {
  return isCoverageGoal(goal) && measurement !== null && percent(measurement.branches) >= goal.branchCoverage
}

/** V2. A goal in words is reached when everything planned is merged and the result was accepted. */
function isReached(book: RunSupervisorState, milestone: Milestone): boolean {
  if (isCoverageGoal(milestone.goal)) return isCovered(milestone, book.measured ?? book.measurement)
  return (book.claim?.claimed ?? false) && book.unaccepted === null && book.trouble.length === 0
}

/** The commands that decide whether the current milestone is reached; none when coverage decides. */
export function acceptance({ current }: RunSupervisorState): readonly AcceptCheck[] {
  return current && !isCoverageGoal(current.goal) ? current.goal.accept : []
}

function percentOf(goal: Goal): number | null {
  return isCoverageGoal(goal) ? goal.branchCoverage : null
}

/** Only called after a milestone was chosen. */
function chosen({ current: milestone, site, measurement }: RunSupervisorState) {
  if (!milestone || !site || !measurement) throw new Error('no milestone was chosen')
  return { milestone, site, measurement }
}

/** Only called when there is a branch. */
export function underWay(book: RunSupervisorState) {
  if (!book.line) throw new Error('the milestone has no branch yet')
  return { ...chosen(book), line: book.line }
}

/** Each try has its own orchestrator. */
export function orchestratorId(book: RunSupervisorState): string {
  const before = begunBefore(book)
  const id = `orchestrator:${book.current?.id ?? ''}`
  return before === 0 ? id : `${id}:${before + 1}`
}

function begunBefore({ current, results }: RunSupervisorState): number {
  return results.filter(({ milestone }) => milestone === current?.id).length
}

/** Input for the branch of the chosen milestone: it starts from the previous milestone's branch. */
export function openInput(book: RunSupervisorState): InvocationInput<'open'> {
  const { site, milestone } = chosen(book)
  const { lines } = book
  return { site, milestone, from: lines.at(-1)?.branch ?? null }
}

/** Input of the orchestrator for the chosen milestone. */
export function orchestratorInput(book: RunSupervisorState): OrchestratorInput {
  const { address, pool, sources, policy, paused, models, budgetAt } = book
  const { milestone, site, measurement, line } = underWay(book)
  return {
    address: childAddress(address, orchestratorId(book)),
    pool,
    milestone,
    site,
    line,
    sources,
    needs: {},
    measurement,
    policy,
    begun: begunBefore(book) + 1,
    paused,
    models,
    budget: budgetAt,
  }
}

/** How the current milestone ended, by measurement. */
export function judged(book: RunSupervisorState): MilestoneReport {
  const { milestone, measurement } = chosen(book)
  const { claim, line } = book
  const measured = book.measured ?? measurement
  const reached = isReached(book, milestone)
  return {
    milestone: milestone.id,
    name: milestone.name,
    status: reached ? 'reached' : 'not_reached',
    claimed: claim?.claimed ?? false,
    goal: percentOf(milestone.goal),
    branch: line?.branch ?? null,
    branches: { before: measurement.branches, after: measured.branches },
    tasks: claim?.tasks ?? noTasks,
    commits: [...(claim?.commits ?? [])],
    ...(claim?.review && { review: claim.review }),
    reasons: reached ? [] : reasonsOf(book, milestone, measured),
  }
}

/** Why the current milestone is not reached; at least one. */
function reasonsOf(
  { claim, trouble, unaccepted }: RunSupervisorState,
  { goal }: Milestone,
  { branches }: Measurement,
): string[] {
  const reasons = [...trouble, ...(unaccepted ?? []), ...(claim?.reasons ?? [])]
  if (reasons.length > 0 || !isCoverageGoal(goal)) return reasons
  // Rounded down, so that it never reads like the goal.
  const covered = Math.floor(percent(branches) * 100) / 100
  const found = `${covered}% of the branches are covered and the goal is ${goal.branchCoverage}%`
  return [claim?.claimed ? `its goal was claimed, but ${found}` : found]
}

/** How a milestone ended that was never begun. */
export function untouched(
  { measurement }: RunSupervisorState,
  { id, name, goal }: Milestone,
  status: 'reached' | 'skipped',
  reasons: string[],
): MilestoneReport {
  const branches = measurement?.branches ?? { covered: 0, total: 0 }
  return {
    milestone: id,
    name,
    status,
    claimed: false,
    goal: percentOf(goal),
    branch: null,
    branches: { before: branches, after: branches },
    tasks: noTasks,
    commits: [],
    reasons,
  }
}

/** The report of the run so far. */
export function reportOf(book: RunSupervisorState): RunReport {
  return runReport({ ...book, branch: book.lines.at(-1)?.branch ?? null })
}

/** Telemetry of the survey. */
export function surveyFact({ baseline, sources, repository }: RunSupervisorState): DevelopmentFact[] {
  if (!baseline) return []
  const { branches, statements, tests } = baseline
  const found = { modules: sources.length, branches, statements, tests: tests.passed }
  return [{ type: 'run.surveyed', repository, ...found }]
}

/** Telemetry: a milestone begins. */
export function startFact(book: RunSupervisorState): DevelopmentFact {
  const { milestone, line, measurement } = underWay(book)
  const { id, name, goal } = milestone
  return {
    type: 'milestone.started',
    milestone: id,
    name,
    goal: percentOf(goal),
    branch: line.branch,
    branches: measurement.branches,
  }
}
