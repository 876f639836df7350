// Children
//
// Owns:   the events that tell a parent how a child or an invocation ended, as the runtime delivers them, and what
//         can be read from them.

import { type Address, type Event, failure } from '../kernel/index.ts'

/** A child that was spawned ended normally. */
export interface ChildDone<Id extends string, Output = unknown> {
  readonly type: `xstate.done.actor.${Id}`
  readonly output: Output
}

/** A child was given up by supervision, or was temporary and crashed. */
export interface ChildLost<Id extends string> {
  readonly type: `xstate.error.actor.${Id}`
  readonly error: unknown
}

/** Mail that a full mailbox did not take. */
export interface Refused {
  readonly type: 'canopy.refused'
  readonly to: Address
  readonly event: Event
  readonly reason: string
}

/** Which child an event `xstate.done.actor.<id>` or `xstate.error.actor.<id>` is about. */
export function childOf(event: { readonly type: string }): string {
  return event.type.replace(/^xstate\.(done|error)\.actor\./, '')
}

/** One line that says what went wrong. */
export function reasonOf(error: unknown): string {
  return failure(error).message
}

/** Where a child gets its mail. */
export function childAddress(parent: Address, id: string): Address {
  return `${parent}.${id}`
}
