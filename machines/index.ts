export type { ActorRecord, Place, Snapshot } from './actor-record.ts'
export { type ChildSpec, childSpecSchema, type Strategy, strategySchema } from './child-spec.ts'
export type { Alarm, ChildOrder, Effect, OutboxEntry } from './effects.ts'
export type { Address, Event, Exit, ExitReason, Failure, Message, Origin, Outcome } from './messages.ts'
export { PersistentMap } from './persistent-map.ts'
export type { Supervision } from './restart.ts'
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
  type Verdict,
  verdictSchema,
} from './work.ts'
