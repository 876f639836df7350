// Facts
//
// The closed union of telemetry of the development system: it feeds the progress display and the report at the end.
// Leaves: the actors' own telemetry (kernel/telemetry.ts), the readers.

import type { AgentFact } from './agent/agent-facts.ts'
import type { TaskKind } from './agent/agent-kinds.ts'
import type { BudgetScope, Cap } from './budget/budget-caps.ts'
import type { JudgedFinding } from './review/finding.ts'
import type { MilestoneReport, RunReport } from './supervisor/report.ts'
import type { Assignee, EscalationKind, Handover } from './task/escalation.ts'
import type { About, Count } from './work.ts'

export interface BeforeAfter {
  readonly before: Count
  readonly after: Count
}

/** Step of an attempt that its worker is at. */
export type WorkStep = 'preparing' | 'writing' | 'working' | 'submitting' | 'releasing'

interface TaskFields extends About {
  readonly milestone: string
  readonly task: string
}

interface OfAttempt extends TaskFields {
  readonly attempt: number
}

interface OfReview {
  readonly milestone: string
  readonly task: string
  /** Number of the review in its milestone, from 1. */
  readonly review: number
}

/** The account whose cap it is; narrower scopes are null. */
interface OfAccount {
  readonly scope: BudgetScope
  readonly milestone: string | null
  readonly task: string | null
  readonly attempt: number | null
}

/** Telemetry of the budget. */
export type BudgetFact =
  /** A threshold of a cap was passed; told once for each threshold and value of the cap. */
  | ({
      readonly type: 'budget.alert'
      readonly percent: number
      readonly taken: string
      readonly cap: string
    } & OfAccount)
  /** A request waits until a person raises a cap. */
  | ({ readonly type: 'budget.held'; readonly id: string; readonly reason: string } & OfAccount)
  | {
      readonly type: 'budget.raised'
      readonly scope: BudgetScope
      readonly milestone: string | null
      readonly cap: Cap
    }
  /** Nothing is granted for this time; without a time, until a person resumes. */
  | {
      readonly type: 'budget.out_of_quota'
      readonly model: string
      readonly message: string
      readonly retryAfterMs: number | null
    }
  | { readonly type: 'budget.resumed' }
  | {
      readonly type: 'budget.settled'
      readonly id: string
      /** Null: the milestone is unknown. */
      readonly milestone: string | null
      readonly task: string | null
      readonly tokens: number
      readonly microdollars: number
      /** False: nothing was reserved for it. */
      readonly reserved: boolean
    }

/** Everything that the charts emit. */
export type DevelopmentFact =
  | {
      readonly type: 'run.surveyed'
      readonly repository: string
      readonly modules: number
      readonly branches: Count
      readonly statements: Count
      readonly tests: number
    }
  | { readonly type: 'run.paused' }
  | { readonly type: 'run.resumed' }
  | { readonly type: 'run.untidy'; readonly reason: string }
  | { readonly type: 'run.finished'; readonly report: RunReport }
  | {
      readonly type: 'milestone.started'
      readonly milestone: string
      readonly name: string
      /** Percent of branches; null when the goal is not coverage. */
      readonly goal: number | null
      readonly branch: string
      readonly branches: Count
    }
  | {
      readonly type: 'milestone.planned'
      readonly milestone: string
      readonly round: number
      readonly tasks: number
    }
  | {
      readonly type: 'milestone.draining'
      readonly milestone: string
      readonly running: number
      readonly reason: string
    }
  | { readonly type: 'milestone.finished'; readonly report: MilestoneReport }
  | ({
      readonly type: 'task.planned'
      /** Branches that no test reaches; only for coverage tasks. */
      readonly gap?: number
      /** Only for tasks of agents. */
      readonly kind?: TaskKind
      readonly round: number
    } & TaskFields)
  | ({ readonly type: 'task.started'; readonly worker: string } & OfAttempt)
  | ({ readonly type: 'task.progress'; readonly worker: string; readonly step: WorkStep } & OfAttempt)
  | ({ readonly type: 'task.submitted'; readonly commit: string; readonly cases: number } & OfAttempt)
  | ({
      readonly type: 'task.merged'
      readonly commit: string
      readonly cases: number
      /** Of the whole repository, changed by this merge. */
      readonly branches: BeforeAfter
    } & OfAttempt)
  | ({ readonly type: 'task.retried'; readonly reasons: readonly string[] } & OfAttempt)
  /** All attempts of the task are used up: another assignee tries once. `reasons`: why the last attempt failed. */
  | ({
      readonly type: 'task.escalated'
      readonly by: EscalationKind
      readonly from: Assignee | null
      readonly to: Assignee
      readonly reasons: readonly string[]
    } & OfAttempt)
  /** Every assignee failed: a person has to do it, unless its milestone is reached without it. */
  | ({ readonly type: 'task.needs_person'; readonly reasons: readonly string[] } & Handover & TaskFields)
  /** The task ended with an answer and no commit: a plan, a review. */
  | ({ readonly type: 'task.answered' } & TaskFields)
  /** The verdict on a finding; told again when a later review changes it. */
  | ({ readonly type: 'review.finding' } & OfReview & JudgedFinding)
  /** Counts of all findings so far: left, repaired, refuted, not verified. */
  | ({
      readonly type: 'review.made'
      readonly confirmed: number
      readonly repaired: number
      readonly refuted: number
      readonly unchecked: number
      /** Why the review is incomplete. */
      readonly problems: readonly string[]
    } & OfReview)
  | ({ readonly type: 'task.nothing'; readonly reason: string } & TaskFields)
  | ({ readonly type: 'task.failed'; readonly reasons: readonly string[] } & TaskFields)
  | {
      readonly type: 'coverage.changed'
      readonly milestone: string
      readonly commit: string
      readonly branches: BeforeAfter
      readonly statements: BeforeAfter
    }
  /** These tests failed once and passed on the same tree: no submission is rejected for them. */
  | { readonly type: 'tests.flaky'; readonly milestone: string; readonly tests: readonly string[] }
  | { readonly type: 'worker.idle'; readonly worker: string }
  | { readonly type: 'worker.busy'; readonly worker: string; readonly task: string; readonly attempt: number }
  | { readonly type: 'worker.lost'; readonly worker: string; readonly reason: string }
  | {
      readonly type: 'worker.untidy'
      readonly worker: string
      readonly task: string
      readonly reason: string
    }
  | { readonly type: 'pool.resized'; readonly size: number }
  | { readonly type: 'pool.joined'; readonly node: string; readonly workers: number }
  | { readonly type: 'pool.left'; readonly node: string }
  | { readonly type: 'pool.paused' }
  | { readonly type: 'pool.resumed' }
  | AgentFact
  | BudgetFact
