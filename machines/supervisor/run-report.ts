// Run report
//
// Builds the report of a run (report.ts) from a supervisor's state.

import type { Measurement } from '../work.ts'
import {
  type FailedTask,
  type MilestoneDelivery,
  type MilestoneReport,
  noTasks,
  type RunReport,
  type TaskCounts,
} from './report.ts'

/** The supervisor's state at the end. */
export interface SupervisorRecord {
  readonly roadmap: readonly { readonly id: string }[]
  /** Why no milestone was begun; empty when one was. */
  readonly refusals: readonly string[]
  readonly results: readonly MilestoneReport[]
  readonly failures: readonly FailedTask[]
  readonly branch: string | null
  readonly baseline: Measurement | null
  readonly measurement: Measurement | null
  readonly reasons: readonly string[]
  readonly deliveries: readonly MilestoneDelivery[]
  /** Why it is not known whether the branches are in the user's repository. */
  readonly undelivered?: string
}

/** The report of a run. */
export function runReport(recorded: SupervisorRecord): RunReport {
  const { roadmap, refusals, failures, baseline, measurement, deliveries } = recorded
  const results = recorded.results.map((each) => delivered(each, deliveries))
  const reached = new Set(results.filter(({ status }) => status === 'reached').map((each) => each.milestone))
  const unknown = recorded.undelivered === undefined ? [] : [recorded.undelivered]
  const undelivered = [...unknown, ...deliveries.flatMap(({ heldBack }) => heldBack?.reason ?? [])]
  const isDone = refusals.length === 0 && roadmap.every(({ id }) => reached.has(id))
  const isReached = isDone && undelivered.length === 0
  const unreached = results.filter(({ milestone }) => !reached.has(milestone))
  return {
    status:
      refusals.length > 0 ? 'refused' : isReached ? 'reached' : isDone ? 'not_delivered' : 'not_reached',
    reasons: isReached
      ? []
      : [
          ...refusals,
          ...recorded.reasons,
          ...undelivered,
          ...unreached.flatMap(({ milestone, reasons }) =>
            reasons.map((reason) => `${milestone}: ${reason}`),
          ),
        ],
    branch: deliveries.at(-1)?.branch ?? recorded.branch,
    milestones: results,
    tasks: results.map(({ tasks }) => tasks).reduce(sum, noTasks),
    commits: results.flatMap(({ commits }) => commits),
    deliveries: [...deliveries],
    coverage: baseline && measurement && compared(baseline, measurement),
    failures: [...failures],
  }
}

/** With the branch that has the commits: the user may have taken the first name for other work meanwhile. */
function delivered(result: MilestoneReport, deliveries: readonly MilestoneDelivery[]): MilestoneReport {
  const branch = deliveries.find(({ milestone }) => milestone === result.milestone)?.branch
  return branch === undefined || result.branch === null ? result : { ...result, branch }
}

function sum(a: TaskCounts, b: TaskCounts): TaskCounts {
  return { done: a.done + b.done, failed: a.failed + b.failed, nothing: a.nothing + b.nothing }
}

function compared(before: Measurement, after: Measurement): NonNullable<RunReport['coverage']> {
  const none = { covered: 0, total: 0 }
  const at = ({ modules }: Measurement) => new Map(modules.map(({ path, branches }) => [path, branches]))
  const [earlier, later] = [at(before), at(after)]
  return {
    branches: { before: before.branches, after: after.branches },
    statements: { before: before.statements, after: after.statements },
    modules: [...new Set([...earlier.keys(), ...later.keys()])].map((path) => ({
      path,
      before: earlier.get(path) ?? none,
      after: later.get(path) ?? none,
    })),
  }
}
