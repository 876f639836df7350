// Gates
//
// The public door of judging submissions: the gates, their policies, the merge queue.

export type { Approvals } from './approvals.ts'
export type { Gate } from './gate.ts'
export type { Strictness } from './gate-setting.ts'
export { type MergeQueue, openMergeQueue } from './merge-queue/merge-queue.ts'
export {
  type GateLimits,
  type GateSettings,
  gateFields,
  gateLimits,
  gatesSchema,
  gatesUnder,
} from './policy.ts'
