export type { Analysis } from './analysis.ts'
export type { CollectOrder } from './collect.ts'
export type { TakenArm, UncoveredBranch } from './coverage.ts'
export { environmentFilesOf } from './environment-files.ts'
export type { Archive, DependencyOrder } from './exchange/dependency-archive.ts'
export type { Exchange } from './exchange/exchange.ts'
export type { WorkOrder } from './exchange/work-bundle.ts'
export type { Approvals } from './gates/approvals.ts'
export type { Gate, Subject } from './gates/gate.ts'
export { type GateLimits, type GateSettings, gateLimits, gatesSchema, gatesUnder } from './gates/policy.ts'
export {
  ALLOWED_KINDS,
  type AllowedKind,
  type PackageRegistry,
  type PackageSource,
  PUBLIC_REGISTRY,
} from './install/package-source.ts'
export { type MergeQueue, openMergeQueue } from './merge-queue/merge-queue.ts'
export type { MilestoneBranch, MilestoneOrder, Published } from './milestone-branch.ts'
export {
  type BubblewrapOptions,
  bubblewrap,
  probeBubblewrap,
  type SandboxFeature,
  sandboxFeatures,
} from './sandbox/bubblewrap.ts'
export { type CgroupPlace, cgroupPlace } from './sandbox/cgroup.ts'
export type { Command, Ending, Sandbox } from './sandbox/sandbox.ts'
export {
  DEFAULT_SANDBOX_SETTINGS,
  diskLimits,
  type SandboxSettings,
  sandboxSettingsSchema,
} from './sandbox/settings.ts'
export { unsandboxed } from './sandbox/unsandboxed.ts'
export type { SubmitOrder } from './submit.ts'
export type { RefusalCode } from './survey/refusal.ts'
export type { SurveyOptions, SurveyOutcome } from './survey/survey.ts'
export type { SurveyOf } from './survey-record.ts'
export { openToolbox, type Toolbox, type ToolboxOrder } from './tools/toolbox.ts'
export { openUserRepository, type UserRepository } from './user-repository.ts'
export {
  openWorkspace,
  type PrepareOrder,
  type RunOrder,
  type Workspace,
  type WorkspaceOptions,
} from './workspace.ts'
export { WorkspaceError } from './workspace-error.ts'
export type { Worktree } from './worktree.ts'
export { FileRefused, readInside } from './worktree-files.ts'
