// Merge queue
//
// Opens the merge queue of a workspace under a policy.
// Leaves: which submissions are judged together, and when (the integrator's machine).

import type { BatchJudgement } from '../../machines/index.ts'
import { keptSurvey, named, type SurveyOf, type Workspace } from '../../workspace/index.ts'
import { type Approvals, NO_APPROVALS } from '../approvals.ts'
import type { Gate } from '../gate.ts'
import { type GateSettings, gatesUnder } from '../policy.ts'
import type { BatchOrder } from './batch-order.ts'
import { judgeBatch } from './judge-batch.ts'

export interface MergeQueueOptions {
  readonly workspace: Pick<Workspace, 'parts'>
  /** Absent: those of the policy. */
  readonly gates?: readonly Gate[]
  /** The setting `gates` of the configuration. */
  readonly policy?: GateSettings
  /** People's approvals; absent: none. */
  readonly approvals?: Approvals
}

export interface MergeQueue {
  /**
   * Puts submissions onto the milestone's branch, judges the resulting tree, and merges it when all gates pass. After a
   * crash it may be called again with the same `key`, and then gives the same judgement.
   */
  judgeBatch(order: Omit<BatchOrder, 'survey'> & { readonly survey: SurveyOf }): Promise<BatchJudgement>
}

/** Throws `WorkspaceError` (`bad_name`) for an invalid name. */
export function openMergeQueue(options: MergeQueueOptions): MergeQueue {
  const { workspace, policy, approvals = NO_APPROVALS } = options
  const parts = { ...workspace.parts, approvals }
  const gates = options.gates ?? gatesUnder(policy)
  return {
    judgeBatch: async (order) =>
      judgeBatch(parts, gates, { ...named(order), survey: await keptSurvey(parts.places, order.survey) }),
  }
}
