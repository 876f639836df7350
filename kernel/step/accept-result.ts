// Accept result
//
// Owns:   the result of accepting a message: events for the machine, or the end of the actor.

import type { Event, Exit } from '../messages.ts'

export interface AcceptResult {
  readonly events: readonly Event[]
  readonly giveUp?: Exit
  /** The actor gives up before it has begun. */
  readonly start?: true
}

export function nothing(): AcceptResult {
  return { events: [] }
}
