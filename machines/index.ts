export type { ActorRecord, Snapshot } from './actor-record.ts'
export type { ActorTypes, DefinedActor, TypesIn } from './actor-types.ts'
export {
  advance,
  crash,
  type Entry,
  type Identity,
  type KillReason,
  kill,
  newborn,
} from './advance.ts'
export { chartOf } from './chart.ts'
export { type ChildSpec, childSpecSchema, type Strategy, strategySchema } from './child-spec.ts'
export { type Commands, commandsSchema } from './commands.ts'
export { type ActorDefinition, type ActorOptions, defineActor } from './definition.ts'
export * from './development/index.ts'
export { mail, send } from './development/mail.ts'
export type { Advanced } from './draft.ts'
export type { Alarm, ChildOrder, Effect, OutboxEntry } from './effects.ts'
export { ignore, shutdown } from './ending.ts'
export { failure } from './failure.ts'
export { isTooDeep, jsonOf, MAX_JSON_DEPTH, MAX_JSON_VALUES, parseJson, TOO_DEEP } from './json-text.ts'
export { type MachineCoverage, machineCoverage, pathsOf, type Share } from './machine-coverage.ts'
export { sampleEvents } from './machine-events.ts'
export type { CoverageOptions, Covered, Path } from './machine-walk.ts'
export { eventType, messageId } from './message-names.ts'
export type { Address, Event, Exit, ExitReason, Failure, Message, Origin, Outcome } from './messages.ts'
export { type Migrated, migrated, type RefusedMigration } from './migrate.ts'
export * from './models/index.ts'
export { PersistentMap } from './persistent-map.ts'
export { isOfGit, isOfPackages, objectionToPath, pathSchema } from './plain-path.ts'
export { promisesOf } from './promises-of.ts'
export {
  createRedactor,
  isSecretName,
  REMOVED,
  type Redactor,
  secretsAmong,
} from './redaction.ts'
export { type AnswerTo, type Question, type ReplyTo, reply, replyTo } from './reply.ts'
export { describeIssues, issueTexts } from './schema-issues.ts'
export { shellWord } from './shell-word.ts'
export type {
  ChangeFinding,
  FileChange,
  Mutant,
  MutantQuestion,
  Substance,
  TestQuestion,
} from './source-analysis.ts'
export {
  type Child,
  childrenOf,
  childStart,
  isExpected,
  noChildren,
  type Supervision,
  strategyOf,
} from './supervision.ts'
export { defineSupervisor, type SupervisorOptions } from './supervisor-definition.ts'
export type { ChildGiven, SupervisorGiven, SupervisorReply, SupervisorRequest } from './supervisor-request.ts'
export {
  type ChildCount,
  type ChildSpecView,
  type ChildView,
  countChildren,
  getChildSpec,
  type Supervised,
  whichChild,
  whichChildren,
} from './supervisor-view.ts'
export type { Fact, Telemetry } from './telemetry.ts'
export {
  type About,
  type AcceptCheck,
  type AgentKind,
  type AgentTask,
  type Aspect,
  aboutOf,
  agentKindSchema,
  agentTaskSchema,
  branchSchema,
  type Count,
  type CoverageTask,
  commitSchema,
  countSchema,
  coverageGoalSchema,
  type Finding,
  findingSchema,
  type Goal,
  goalSchema,
  type Integration,
  idSchema,
  integrationSchema,
  isCoverageGoal,
  isCoverageTask,
  type JudgedFinding,
  judgedFindingSchema,
  type Measurement,
  type Milestone,
  type ModuleCoverage,
  measurementSchema,
  milestoneSchema,
  moduleCoverageSchema,
  outcomeGoalSchema,
  type Plan,
  percent,
  planSchema,
  type Severity,
  type Submission,
  type Survey,
  subjectOf,
  submissionSchema,
  surveySchema,
  type Task,
  taskSchema,
  testFileFor,
  type Verdict,
  verdictSchema,
} from './work.ts'
