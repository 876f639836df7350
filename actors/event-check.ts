// Event check
//
// Owns:   whether mail is an event of its receiver; anything else never reaches the machine.

import { type ActorDefinition, type Event, type Failure, failure, issueTexts } from '../kernel/index.ts'

/** What is wrong with it, field by field; undefined when the actor takes it. */
export function eventMistake({ events }: ActorDefinition, event: Event): Failure | undefined {
  const parsed = events.safeParse(event)
  if (parsed.success) return undefined
  return failure(issueTexts(parsed.error, 'event').join('; '))
}
