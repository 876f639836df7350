export type { BackupManifest, CheckReport } from '../persistence/index.ts'
export type { Control } from '../transport/index.ts'
export { type Approval, addApprovals, readApprovals, removeApprovals } from './approve/approvals.ts'
export type { AuditEntry } from './audit/chain.ts'
export { readAudit, verifyAudit } from './audit/read-audit.ts'
export { amountText, capNames, capText, capWords } from './budget/cap-text.ts'
export { askBudget, raiseCap, resumeCalls } from './budget/steer-budget.ts'
export {
  type DecidedConfiguration,
  decideConfiguration,
} from './configuration/configuration.ts'
export { printable, shown, shownWhole } from './configuration/document.ts'
export { type ExplainedLoss, explained } from './configuration/explain.ts'
export { type DecidedField, fieldText, type Layer } from './configuration/layers.ts'
export type { ConfigurationOptions } from './configuration/options.ts'
export { REPOSITORY_FILE } from './configuration/source.ts'
export { trust, trusted } from './configuration/trust.ts'
export { endTrust, proposeTrust, type TrustProposal } from './configuration/trust-repository.ts'
export { type ActorNode, askStatus, askTree } from './control/look.ts'
export { type EventSending, pauseOrResume, type SentEvent, sendEvent } from './control/steer.ts'
export {
  type DeadLetterRow,
  dropLetters,
  listLetters,
  type ReplayResult,
  replayLetters,
  showLetter,
} from './dead-letters/letters.ts'
export { type DeadLetterSource, reachLetters } from './dead-letters/reach.ts'
export { examine, machineOf, type NamedFinding } from './doctor/examine.ts'
export { examineRepository, type RepositoryFinding, type RepositoryOptions } from './doctor/repository.ts'
export { UserError } from './errors.ts'
export { type InspectionEnd, inspect, type RunInspectorOptions } from './inspect/inspect.ts'
export {
  createKeys,
  keyTime,
  type ListedKey,
  listKeys,
  revokeKeys,
  rotateKeys,
  type WantedMembers,
} from './keys/manage-keys.ts'
export { type LogEntry, type LogLevel, logLevels, readLog } from './logs/read.ts'
export { logFileOf } from './logs/write.ts'
export { type ListedModel, type ListedModels, listModels } from './models/list-models.ts'
export type { NodeOutput } from './nodes/node-output.ts'
export { type NodeCommandOptions, resolveNodeSettings } from './nodes/node-settings.ts'
export { askNodes, type ListedNode } from './nodes/nodes-verb.ts'
export { runNode } from './nodes/run-node.ts'
export type { RunComparison } from './replay/replay.ts'
export { replayRun } from './replay/replay-run.ts'
export { type MilestoneReviews, readReviews, readSarif, writeSarif } from './review/record.ts'
export { connect, type SystemAccess, type SystemConnection } from './run/connect.ts'
export { type FoundRun, findRun, type WhichStoredRun } from './run/find-run.ts'
export { openLoggedOutput } from './run/logged-output.ts'
export type { RunEnding, RunOutput, Totals } from './run/output.ts'
export { run } from './run/run.ts'
export { backupsOf } from './run/run-directory.ts'
export {
  dataDirectoryOf,
  type HostEnvironment,
  type WhichRun,
} from './settings/data-directory.ts'
export { takeEnvironment } from './settings/environment.ts'
export { type NatsOptions, natsTarget } from './settings/nats-target.ts'
export { repositoryMeant } from './settings/repository.ts'
export { placeSample } from './settings/sample.ts'
export { type RunOptions, resolveSettings } from './settings/settings.ts'
export type { ModelStatuses } from './status/model-standing.ts'
export type { Status } from './status/status-answer.ts'
export {
  type ActorStatus,
  emptyView,
  project,
  type RunView,
  type TaskView,
  taskCounts,
} from './status/view.ts'
export { backUpNow } from './store/back-up-now.ts'
export { checkRunStore } from './store/check-store.ts'
export { type ListedBackup, listBackups } from './store/list-backups.ts'
export { type RekeyedStore, rekeyRunStore } from './store/rekey-store.ts'
export { type RestoredStore, restoreRunStore } from './store/restore-store.ts'
export { programVersion } from './version.ts'
export { counted, isPaused, oneLine, stateText } from './words.ts'
