// Actor definition
//
// Owns:   the types of a definition and of the options of `defineActor`.
// Leaves: checking and completing them (definition.ts), compile-time types (actor-types.ts).

import type { AnyStateMachine } from 'xstate'
import type { z } from 'zod'
import type { Snapshot } from '../step/actor-record.ts'
import type { ChildSpec, childSpecSchema, Strategy, strategySchema } from '../supervision/child-spec.ts'
import type { SupervisorStart } from '../supervision/supervisor-start.ts'
import type { TimerPolicies } from './timer-policy.ts'

/** A kind of actor, checked and complete: what `defineActor` and `defineSupervisor` return. */
export interface ActorDefinition {
  readonly kind: string
  readonly version: number
  readonly machine: AnyStateMachine
  /** The schema of its mail; other mail is refused before the machine sees it. */
  readonly events: z.core.$ZodType
  /** The `src` names of the chart that are actors themselves, and how they are supervised. */
  readonly children: Readonly<Record<string, ChildSpec>>
  readonly strategy: Strategy
  /** All sources that the chart starts by name: children and promises. */
  readonly sources: readonly string[]
  /** Custom actions that are reported, not run: as a telemetry event `emitted` whose event is `canopy.action`. */
  readonly actions: ReadonlySet<string>
  /** Delay name or state to timer policy; a timer without one fires at its deadline, also after an absence. */
  readonly timers: TimerPolicies
  /** The longest time that an invocation of each source may take, in milliseconds. */
  readonly deadlines: Readonly<Record<string, number | 'infinity'>>
  /** After so many idle milliseconds the actor leaves memory (passivation); the next message brings it back. */
  readonly passivateAfterMs?: number
  /** For a supervisor without a machine: returns its flags and first children. Pure. */
  readonly init?: (input: unknown) => SupervisorStart | 'ignore'
  /** Converts a snapshot of an older version to this version (migrate.ts). */
  readonly migrate?: (snapshot: Snapshot, fromVersion: number) => Snapshot
}

/** The options of `defineActor`. Only `kind` and `machine` are required. */
export interface ActorOptions {
  readonly kind: string
  readonly version?: number
  readonly machine: AnyStateMachine
  // Not `z.ZodType`: to compare a schema with all its methods takes a consumer's compiler a second.
  readonly events?: z.core.$ZodType
  readonly children?: Readonly<Record<string, z.input<typeof childSpecSchema>>>
  readonly strategy?: z.input<typeof strategySchema>
  /** Custom actions of the chart that are reported as telemetry events; other custom actions are refused. */
  readonly actions?: readonly string[]
  readonly timers?: TimerPolicies
  /** Milliseconds per source, 1 hour by default; an invocation that takes longer ends with `onError`, code `timeout`. */
  readonly deadlines?: Readonly<Record<string, number | 'infinity'>>
  readonly migrate?: NonNullable<ActorDefinition['migrate']>
  /**
   * Idle milliseconds after which the actor leaves memory until the next message, timer or call; by default it never
   * does. An actor with a running invocation or a child in memory stays.
   */
  readonly passivateAfterMs?: number
}
