// Coverage options
//
// Owns:   the options of a walk through a machine: the events to send, and when to stop.
// Leaves: the walk (machine-walk.ts).

import type { AnyMachineSnapshot } from 'xstate'
import type { Event } from '../messages.ts'

/** The inputs, events and results that a walk tries, and the parts that it may leave out. */
export interface CoverageOptions<Context = never> {
  /** The inputs to walk from; by default one walk without input. */
  readonly inputs?: readonly unknown[]
  /** Mail that may arrive, always or by situation. A schema type without a sample here gets a generated one. */
  readonly events?: readonly Event[] | ((snapshot: AnyMachineSnapshot) => readonly Event[])
  /** Possible results of invocations and children, by id or source; each is tried, and a crash. */
  readonly outputs?: Readonly<Record<string, readonly unknown[]>>
  /** The part of the context that distinguishes situations, beside the state. */
  readonly facts?: (context: Context) => unknown
  /** Names of states and transitions that cannot be reached, as the coverage prints them, with the reason. */
  readonly unreachable?: Readonly<Record<string, string>>
  /** The most situations to visit; 20,000 by default. */
  readonly limit?: number
}
