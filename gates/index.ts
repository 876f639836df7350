// Gates
//
// The public door of judging submissions: the gates, their policies, the merge queue.

export type { Approvals } from './approvals.ts'
export type { Gate } from './gate.ts'
export { type MergeQueue, openMergeQueue } from './merge-queue/merge-queue.ts'
export { type GateLimits, type GateSettings, gateLimits, gatesSchema, gatesUnder } from './policy.ts'
