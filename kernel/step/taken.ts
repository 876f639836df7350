// Taken
//
// Owns:   what a message that was accepted asks of its actor: events for the machine, or the end.

import type { Event, Exit } from '../messages.ts'

export interface Taken {
  readonly events: readonly Event[]
  readonly giveUp?: Exit
  /** It gives up before it has begun. */
  readonly start?: true
}

export function nothing(): Taken {
  return { events: [] }
}
