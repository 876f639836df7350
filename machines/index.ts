export type { ActorRecord, Snapshot } from './actor-record.ts'
export { advance, crash, type Entry, eventType, type Identity, messageId, newborn } from './advance.ts'
export { type ChildSpec, childSpecSchema, type Strategy, strategySchema } from './child-spec.ts'
export { type ActorDefinition, type ActorOptions, defineActor } from './definition.ts'
export * from './development/index.ts'
export type { Advanced } from './draft.ts'
export type { Alarm, ChildOrder, Effect, OutboxEntry } from './effects.ts'
export { failure } from './failure.ts'
export type { Address, Event, Exit, ExitReason, Failure, Message, Origin, Outcome } from './messages.ts'
export { PersistentMap } from './persistent-map.ts'
export type { Child, Supervision } from './restart.ts'
export type { Fact, Telemetry } from './telemetry.ts'
export {
  type Count,
  countSchema,
  type Goal,
  goalSchema,
  type Integration,
  integrationSchema,
  type Measurement,
  type Milestone,
  type ModuleCoverage,
  measurementSchema,
  milestoneSchema,
  moduleCoverageSchema,
  percent,
  type Submission,
  type Survey,
  submissionSchema,
  surveySchema,
  type Task,
  taskSchema,
  testFileFor,
  type Verdict,
  verdictSchema,
} from './work.ts'
