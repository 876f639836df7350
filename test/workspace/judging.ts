// A workspace with what judges and changes it, opened as the product opens them.

import { openToolbox, type Toolbox, type ToolboxOrder } from '../../agents/index.ts'
import {
  type Approvals,
  type Gate,
  type GateSettings,
  type MergeQueue,
  openMergeQueue,
} from '../../gates/index.ts'
import type { AgentTask, Measurement, Submission, Survey, Task, Verdict } from '../../machines/index.ts'
import { openWorkspace, type SurveyOf, type Workspace, type WorkspaceOptions } from '../../workspace/index.ts'

export interface JudgingOptions extends WorkspaceOptions {
  readonly gates?: readonly Gate[]
  readonly policy?: GateSettings
  readonly approvals?: Approvals
}

/** What becomes of one submission. */
export type Integration =
  | {
      readonly kind: 'merged'
      readonly commit: string
      readonly measurement: Measurement
      readonly verdicts: readonly Verdict[]
    }
  | { readonly kind: 'rejected'; readonly verdicts: readonly Verdict[] }

export interface IntegrateOrder {
  readonly survey: SurveyOf
  readonly milestone: string
  readonly task: Task
  readonly submission: Submission
  readonly key: string
  readonly signal?: AbortSignal | undefined
}

export interface JudgingWorkspace extends Workspace, MergeQueue {
  toolbox(order: ToolboxOrder): Toolbox
  /** A batch of one, judged a second time when a test of others failed, as the integrator does. */
  integrate(order: IntegrateOrder): Promise<Integration>
}

/** Hands in these files as a task of its own, in a milestone that is open, and has it judged. */
export async function judgeFiles(
  workspace: JudgingWorkspace,
  order: {
    survey: Survey
    milestone: string
    commit: string
    task: AgentTask
    files: Readonly<Record<string, string>>
  },
): Promise<Integration> {
  const { survey, milestone, commit, task } = order
  const of = { milestone, task: task.id }
  await workspace.prepareWorktree({ ...of, survey, commit })
  const files = Object.entries(order.files).map(([path, source]) => ({ path, source }))
  const submission = await workspace.submit({ ...of, files, cases: 0, message: task.title })
  await workspace.releaseWorktree(of)
  return workspace.integrate({ survey, milestone, task, submission, key: task.id })
}

export async function openJudging(options: JudgingOptions): Promise<JudgingWorkspace> {
  const { gates, policy, approvals, ...plain } = options
  const workspace = await openWorkspace(plain)
  return judging(workspace, {
    ...(gates && { gates }),
    ...(policy && { policy }),
    ...(approvals && { approvals }),
  })
}

export function judging(
  workspace: Workspace,
  by: Pick<JudgingOptions, 'gates' | 'policy' | 'approvals'> = {},
): JudgingWorkspace {
  const { judgeBatch } = openMergeQueue({ workspace, ...by })
  return {
    ...workspace,
    judgeBatch,
    toolbox: (order) => openToolbox(workspace, order),
    async integrate({ task, submission, key, ...order }) {
      const judge = (name: string) => judgeBatch({ ...order, stack: [{ task, submission }], key: name })
      const first = await judge(key)
      const last = first.failed && first.failed.doubtful.length > 0 ? await judge(`${key} again`) : first
      const [merge] = last.merged
      if (merge && last.measurement) {
        const { commit, verdicts } = merge
        return { kind: 'merged', commit, measurement: last.measurement, verdicts }
      }
      return { kind: 'rejected', verdicts: last.failed?.verdicts ?? last.returned[0]?.verdicts ?? [] }
    },
  }
}
