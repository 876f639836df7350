export type { ActorView } from './actor-view.ts'
export type { AskErrorCode, AskResult } from './ask.ts'
export { type Clock, systemClock } from './clock.ts'
export { controlHandlers, type TreeNode, tree } from './control.ts'
export {
  type DeadLetterOptions,
  deadLetterHandlers,
  type LetterSummary,
  type ReplayResult,
  sendAskedReplays,
} from './dead-letters.ts'
export {
  type Implementation,
  type ImplementationCall,
  type Implementations,
  RetryableError,
} from './implementations.ts'
export type { ActorFrame, EventFrame, Frame } from './inspection.ts'
export { type InspectionVerbs, type InspectionVerbsOptions, inspectionVerbs } from './inspection-verbs.ts'
export { type InFlightOptions, MailInFlight } from './mail-in-flight.ts'
export { type ActorStep, type Census, Node, type NodeEnding, type NodeOptions } from './node.ts'
export type { Arriving, Door, Sender } from './routing.ts'
export { SimulatedClock } from './simulated-clock.ts'
export {
  type ImplementationsOf,
  type NodeView,
  type Ref,
  RunningNode,
  ref,
  type SendResult,
  type StartOptions,
  startNode,
} from './start-node.ts'
export type { SupervisorClient } from './supervisor-client.ts'
export { MigrationRefused } from './versions.ts'
export type { WatchItem } from './watch.ts'
