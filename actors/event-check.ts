// Event check
//
// Owns:   checking that mail is an event of its receiver; other mail never reaches the machine.

import { z } from 'zod'
import { type ActorDefinition, type Event, type Failure, failure, issueTexts } from '../kernel/index.ts'

/** The errors, field by field; undefined when the actor accepts the event. */
export function eventMistake({ events }: ActorDefinition, event: Event): Failure | undefined {
  const parsed = z.safeParse(events, event)
  if (parsed.success) return undefined
  return failure(issueTexts(parsed.error, 'event').join('; '))
}
