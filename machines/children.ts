// Children
//
// The events by which the runtime tells a parent how a child or an invocation ended, and how to read them.

import { type Address, type Event, failure } from '../kernel/index.ts'

/** A child that was spawned ended normally. */
export interface ChildDone<Id extends string, Output = unknown> {
  readonly type: `xstate.done.actor.${Id}`
  readonly output: Output
}

/** Supervision gave the child up, or the child was temporary and crashed. */
export interface ChildLost<Id extends string> {
  readonly type: `xstate.error.actor.${Id}`
  readonly error: unknown
}

/** This mail was given up: the mailbox stayed full, or the mail can never be sent. */
export interface RefusedMail {
  readonly type: 'canopy.refused'
  readonly to: Address
  readonly event: Event
  readonly reason: string
}

/** Id of the child in an event `xstate.done.actor.<id>` or `xstate.error.actor.<id>`. */
export function childOf(event: { readonly type: string }): string {
  return event.type.replace(/^xstate\.(done|error)\.actor\./, '')
}

/** The error as one line of text. */
export function reasonOf(error: unknown): string {
  return failure(error).message
}

/** Address of a child's mailbox. */
export function childAddress(parent: Address, id: string): Address {
  return `${parent}.${id}`
}
