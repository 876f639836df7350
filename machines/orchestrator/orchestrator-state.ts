// Orchestrator state
//
// The input, the state and the output of an orchestrator.
// Leaves: changes of the state (orchestrator-values.ts, orchestrator-reviews.ts).

import type { Address, PersistentMap } from '../../kernel/index.ts'
import type { Plan } from '../agent/agent-kinds.ts'
import type { BeforeAfter } from '../facts.ts'
import type { ModelsInUse } from '../models/model-settings.ts'
import type { MilestoneBranchRef, RepositorySnapshot } from '../repository-snapshot.ts'
import type { Reviewing, ReviewSummary } from '../review/review-rounds.ts'
import type { FailedTask, TaskCounts } from '../supervisor/report.ts'
import type { Measurement, Milestone } from '../work.ts'
import type { Coverage } from './coverage.ts'
import type { ModuleHistory } from './plan.ts'
import type { Policy } from './policy.ts'
import type { TaskEntry } from './schedule.ts'

export interface OrchestratorInput {
  readonly address: Address
  readonly pool: Address
  readonly milestone: Milestone
  readonly site: RepositorySnapshot
  readonly line: MilestoneBranchRef
  /** Modules that tests can be written for. */
  readonly sources: readonly string[]
  /** By module: the modules whose tasks come first. */
  readonly needs: Readonly<Record<string, readonly string[]>>
  /** Of the branch's tip. */
  readonly measurement: Measurement
  readonly policy: Policy
  /** How often the milestone was begun, this time included. */
  readonly begun: number
  /** Whether it starts paused. */
  readonly paused: boolean
  /** Models in use; null: none. */
  readonly models: ModelsInUse | null
  /** Address of the budget, which is told when a task is over; absent: no budget. */
  readonly budget?: Address
}

export interface OrchestratorState extends OrchestratorInput, Coverage {
  readonly round: number
  /** Covered branches when the round began. */
  readonly coveredBefore: number
  /** The ids of this round's tasks, in starting order. */
  readonly order: readonly string[]
  /** By id, of all rounds. */
  readonly tasks: PersistentMap<TaskEntry>
  readonly running: readonly string[]
  readonly counts: TaskCounts
  /** By module. */
  readonly history: PersistentMap<ModuleHistory>
  /** For a goal in words: its last plan. */
  readonly plan: Plan | null
  /** How many plans were asked for. */
  readonly plans: number
  /** For a goal in words; absent until a review or a repair is planned. */
  readonly reviewing?: Reviewing
  /** By the number of the merge. */
  readonly commits: PersistentMap<string>
  /** Why it ended without reaching its goal. */
  readonly reasons: readonly string[]
  readonly cancelled: boolean
}

export interface OrchestratorOutput {
  readonly milestone: string
  readonly claimed: boolean
  readonly tasks: TaskCounts
  readonly commits: readonly string[]
  readonly branches: BeforeAfter
  readonly failures: readonly FailedTask[]
  /** Absent: no review was made. */
  readonly review?: ReviewSummary
  readonly reasons: readonly string[]
}
