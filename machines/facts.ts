// Facts
//
// Owns:   the closed union of what the development system tells its readers: enough to draw the progress as it
//         goes and to write the report at the end.
// Leaves: the actors' own facts (kernel/telemetry.ts), who reads.

import type { AgentFact } from './agent/agent-facts.ts'
import type { Cap, Scope } from './budget/budget-caps.ts'
import type { MilestoneReport, RunReport } from './supervisor/report.ts'
import type { Assignee, EscalationKind, Handover } from './task/escalation.ts'
import type { About, Count, JudgedFinding, TaskKind } from './work.ts'

export interface BeforeAfter {
  readonly before: Count
  readonly after: Count
}

/** Where a worker is in an attempt. */
export type WorkStep = 'preparing' | 'writing' | 'working' | 'submitting' | 'releasing'

interface OfTask extends About {
  readonly milestone: string
  readonly task: string
}

interface OfAttempt extends OfTask {
  readonly attempt: number
}

interface OfReview {
  readonly milestone: string
  readonly task: string
  /** Which of the milestone's reviews, from 1. */
  readonly review: number
}

/** Whose cap it is: of the narrower scopes null. */
interface OfAccount {
  readonly scope: Scope
  readonly milestone: string | null
  readonly task: string | null
  readonly attempt: number | null
}

/** What a budget says. */
export type BudgetFact =
  /** So much of a cap is taken; each threshold once for each value of the cap. */
  | ({
      readonly type: 'budget.alert'
      readonly percent: number
      readonly taken: string
      readonly cap: string
    } & OfAccount)
  /** Somebody waits until a person gives more. */
  | ({ readonly type: 'budget.held'; readonly id: string; readonly reason: string } & OfAccount)
  | {
      readonly type: 'budget.raised'
      readonly scope: Scope
      readonly milestone: string | null
      readonly cap: Cap
    }
  /** Nothing more is granted for so long; without a time until somebody resumes. */
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
      /** Null: nobody knows who it was. */
      readonly milestone: string | null
      readonly task: string | null
      readonly tokens: number
      readonly microdollars: number
      /** False: nothing was reserved for it. */
      readonly reserved: boolean
    }

/** What a machine says with `emit`. */
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
      /** Percent of branches; null: something that is not told by coverage. */
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
      /** Branches that no test reaches; of tasks for coverage. */
      readonly gap?: number
      /** Of tasks for agents. */
      readonly kind?: TaskKind
      readonly round: number
    } & OfTask)
  | ({ readonly type: 'task.started'; readonly worker: string } & OfAttempt)
  | ({ readonly type: 'task.progress'; readonly worker: string; readonly step: WorkStep } & OfAttempt)
  | ({ readonly type: 'task.submitted'; readonly commit: string; readonly cases: number } & OfAttempt)
  | ({
      readonly type: 'task.merged'
      readonly commit: string
      readonly cases: number
      /** Of the whole repository, by this merge. */
      readonly branches: BeforeAfter
    } & OfAttempt)
  | ({ readonly type: 'task.retried'; readonly reasons: readonly string[] } & OfAttempt)
  /** Its attempts are used up: somebody else tries, once. `reasons`: what was wrong with this attempt. */
  | ({
      readonly type: 'task.escalated'
      readonly by: EscalationKind
      readonly from: Assignee | null
      readonly to: Assignee
      readonly reasons: readonly string[]
    } & OfAttempt)
  /** Nobody could do it: a person has to see to it, unless its milestone is reached without it. */
  | ({ readonly type: 'task.needs_person'; readonly reasons: readonly string[] } & Handover & OfTask)
  /** It ended without a commit because none was wanted: a plan, a review. */
  | ({ readonly type: 'task.answered' } & OfTask)
  /** What became of a finding; told again when a later review says something else of it. */
  | ({ readonly type: 'review.finding' } & OfReview & JudgedFinding)
  /** Of all findings so far: what is left, was repaired, was refuted, was not looked at a second time. */
  | ({
      readonly type: 'review.made'
      readonly confirmed: number
      readonly repaired: number
      readonly refuted: number
      readonly unchecked: number
      /** Why it is not whole. */
      readonly problems: readonly string[]
    } & OfReview)
  | ({ readonly type: 'task.nothing'; readonly reason: string } & OfTask)
  | ({ readonly type: 'task.failed'; readonly reasons: readonly string[] } & OfTask)
  | {
      readonly type: 'coverage.changed'
      readonly milestone: string
      readonly commit: string
      readonly branches: BeforeAfter
      readonly statements: BeforeAfter
    }
  /** They failed and, on the same tree, did not: that is held against nobody's work. */
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
