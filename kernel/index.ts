// Kernel
//
// Owns:   the exports of the pure half of the library: definitions, steps, supervision, the persistent map, chart
//         walks.

export { type BackoffRule, backoff, type Jitter } from './backoff.ts'
export type { Clock } from './clock.ts'
export type { ActorDefinition, ActorOptions } from './definition/actor-definition.ts'
export type { ActorTypes, DefinedActor, TypesIn } from './definition/actor-types.ts'
export { chartOf } from './definition/chart.ts'
export { defineActor } from './definition/definition.ts'
export { eventType, messageId } from './definition/message-names.ts'
export { type MigrationResult, migrated, type RefusedMigration } from './definition/migrate.ts'
export { isTooDeep, jsonOf, MAX_JSON_DEPTH, MAX_JSON_VALUES, parseJson, TOO_DEEP } from './json-text.ts'
export { mail, type SendParams, send } from './mail.ts'
export type { Address, Event, Exit, ExitReason, Failure, Message, Origin, Outcome } from './messages.ts'
export { PersistentMap } from './persistent-map/persistent-map.ts'
export { type AnswerTo, type QuestionTo, type ReplyTo, reply, replyTo } from './reply.ts'
export { describeIssues, issueTexts } from './schema-issues.ts'
export type { ActorRecord, Snapshot } from './step/actor-record.ts'
export {
  type ActorIdentity,
  advance,
  crash,
  type JournaledMessage,
  type KillReason,
  kill,
  newRecord,
} from './step/advance.ts'
export type { AdvanceResult } from './step/draft.ts'
export type { Alarm, ChildOrder, Effect, OutboxEntry } from './step/effects.ts'
export { ignore, shutdown } from './step/ending.ts'
export { failure } from './step/failure.ts'
export { enter, step } from './step/step.ts'
export { type ChildSpec, childSpecSchema, type Strategy } from './supervision/child-spec.ts'
export { isOrdinary } from './supervision/restart.ts'
export {
  type Child,
  childrenOf,
  childStart,
  isExpected,
  noChildren,
  type Supervision,
  strategyOf,
} from './supervision/supervision.ts'
export { defineSupervisor, type SupervisorOptions } from './supervision/supervisor-definition.ts'
export type {
  ChildGiven,
  SupervisorGiven,
  SupervisorReply,
  SupervisorRequest,
} from './supervision/supervisor-request.ts'
export {
  type ChildCount,
  type ChildSpecView,
  type ChildView,
  countChildren,
  getChildSpec,
  type SupervisorState,
  whichChild,
  whichChildren,
} from './supervision/supervisor-view.ts'
export type { Fact, Telemetry } from './telemetry.ts'
export type { CoverageOptions } from './walk/coverage-options.ts'
export {
  type CoverageShare,
  type MachineCoverage,
  machineCoverage,
  pathsOf,
} from './walk/machine-coverage.ts'
export { sampleEvents } from './walk/machine-events.ts'
export type { WalkPath, WalkSubject } from './walk/machine-walk.ts'
export { promisesOf } from './walk/promises-of.ts'
