// Workspace
//
// The public door of everything that touches a repository: git, worktrees, the sandbox, runners, the survey.

export type { SourceAnalysis } from './analysis.ts'
export type { Clone } from './clone.ts'
export { type Linter, lintersIn, scriptChecks } from './commands/detect.ts'
export { formattersIn } from './commands/formatters.ts'
export { runCheck, saidAtLast, shell } from './commands/run-command.ts'
export { type Change, type Content, changesBetween, lookUp, writeCommit } from './commit.ts'
export { countModules, type FileCoverages, relativeTo, sum, union } from './coverage.ts'
export { readableWith } from './dependencies.ts'
export { makeFolder, readJson, writeJson } from './durable-file.ts'
export { type Egress, openEgress } from './egress.ts'
export { environmentFilesOf } from './environment-files.ts'
export type { WorkspaceExchange } from './exchange/exchange.ts'
export { fitOnto } from './fit.ts'
export { type FormatText, openFormatter } from './format.ts'
export { freshTrees } from './fresh-trees.ts'
export type { LateDelivery } from './held-back.ts'
export { inWorktree } from './in-worktree.ts'
export { type Program, portFor, programFor, runPackageManager } from './install/package-manager.ts'
export {
  ALLOWED_KINDS,
  type AllowedKind,
  ledInside,
  type PackageRegistry,
  type PackageSource,
  PUBLIC_REGISTRY,
} from './install/package-source.ts'
export { installedFiles } from './installed-files.ts'
export { withKeyLock } from './keyed-mutex.ts'
export { type KeptMeasurement, keepMeasurement, keptMeasurement } from './measure.ts'
export { measureCommit } from './measure-commit.ts'
export type { Measurements } from './measurements.ts'
export { commitMessage } from './message.ts'
export {
  type MilestoneBranch,
  milestoneBranch,
  milestoneRef,
  type PublishResult,
  publishMilestone,
} from './milestone-branch.ts'
export type { MilestoneCommits, Milestones } from './milestones.ts'
export { named } from './order-names.ts'
export { changedPackages, packageLinks } from './package-links.ts'
export { type PackageVersion, parseVersion } from './package-version.ts'
export type { WorkspaceParts } from './parts.ts'
export { digest } from './places.ts'
export { removeTree } from './remove-tree.ts'
export { loadStyleOf } from './runners/load-style.ts'
export type { FailedTest, LoadStyle, SuiteReport, TestResult } from './runners/runner.ts'
export { isByCommand, runnerNamed } from './runners/runner-named.ts'
export { type BubblewrapOptions, bubblewrap, probeBubblewrap, sandboxFeatures } from './sandbox/bubblewrap.ts'
export { cgroupPlace } from './sandbox/cgroup.ts'
export type { Command, CommandEnding, Sandbox, VisibleMachine } from './sandbox/sandbox.ts'
export {
  DEFAULT_SANDBOX_SETTINGS,
  diskLimits,
  type SandboxSettings,
  sandboxSettingsSchema,
} from './sandbox/settings.ts'
export { unsandboxed } from './sandbox/unsandboxed.ts'
export { startOf, taskWorktree } from './submit.ts'
export { exitOf, runSuite, type SuiteOutcome } from './suite.ts'
export { lastWords } from './suite-words.ts'
export { isTest, isTestFile } from './survey/modules.ts'
export { surveyAt } from './survey/survey-at.ts'
export { keptSurvey, type SurveyOf } from './survey-record.ts'
export type { CommandOrder, PrepareOrder, TaskWorktrees } from './task-worktrees.ts'
export { nodeReadable, toolEnvironment } from './tool-environment.ts'
export { placeBuildInfo, runTypeCheck } from './type-check.ts'
export { openUserRepository } from './user-repository.ts'
export {
  openWorkspace,
  type RepositorySurvey,
  type Workspace,
  type WorkspaceOptions,
} from './workspace.ts'
export { WorkspaceError } from './workspace-error.ts'
export {
  adminFolder,
  changedInWorktree,
  INTEGRATION,
  INTEGRATION_AGAIN,
  INTEGRATION_OWN,
  releaseWorktree,
  withWorktree,
  worktreePath,
} from './worktree.ts'
export { treeOf } from './worktree-changes.ts'
export {
  FileRefused,
  kindInside,
  listInside,
  plainPath,
  readInside,
  removeInside,
  replaceInside,
} from './worktree-files.ts'
