// Accept
//
// Owns:   the changes of a message to an actor's record before its machine takes a step, and the events for the
//         machine.
// Leaves: the machine (advance.ts), messages about children (accept-children.ts).
//
// A message that was taken before, or that belongs to something cancelled, changes nothing.

import type { ActorDefinition } from '../definition/actor-definition.ts'
import { eventType } from '../definition/message-names.ts'
import type { Failure, Message, Outcome } from '../messages.ts'
import { afterPause } from '../supervision/restart.ts'
import { acceptBegun, acceptCall, acceptExit, cancelPauses, endedEvent } from './accept-children.ts'
import { type AcceptResult, nothing } from './accept-result.ts'
import type { RecordDraft } from './draft.ts'
import { take } from './mail-position.ts'
import { systemAlarm } from './system-alarm.ts'

/** A message and its time. */
export interface ReceivedMessage {
  readonly message: Message
  readonly at: number
}

const MAX_OUTSIDE = 256

/** Applies a message to the record; undefined when it was taken before or belongs to something cancelled. */
export function accept(
  draft: RecordDraft,
  definition: ActorDefinition,
  { message, at }: ReceivedMessage,
): AcceptResult | undefined {
  switch (message.kind) {
    case 'started':
      return draft.record.sequence === 1 ? nothing() : undefined
    case 'mail':
      return acceptMail(draft, message)
    case 'outcome':
      return acceptOutcome(draft, message)
    case 'alarm':
      return acceptAlarm(draft, message)
    case 'refused': {
      draft.settle(message.key)
      const { to, event, reason } = message
      return { events: [{ type: eventType(message), to, event, reason }] }
    }
    case 'exited':
      return acceptExit(draft, message, at)
    case 'begun':
      return acceptBegun(draft, message, at)
    case 'call':
      return acceptCall(draft, definition, message, at)
    default:
      return message satisfies never
  }
}

function acceptMail(draft: RecordDraft, message: Message & { kind: 'mail' }): AcceptResult | undefined {
  const { from, event, streamSequence } = message
  if (from === null) {
    if (draft.record.outside.includes(streamSequence)) return undefined
    draft.change({ outside: [...draft.record.outside, streamSequence].slice(-MAX_OUTSIDE) })
    return { events: [event] }
  }
  const sender = `${from.address} ${from.birth}`
  const place = take(draft.record.places.get(sender), from.number)
  if (!place) return undefined
  draft.change({ places: draft.record.places.set(sender, place) })
  return { events: [event] }
}

function acceptOutcome(draft: RecordDraft, message: Message & { kind: 'outcome' }): AcceptResult | undefined {
  const { key, invocation, outcome } = message
  if (draft.record.invocations[invocation] !== key) return undefined
  draft.endInvocation(invocation)
  return { events: [{ type: eventType(message), actorId: invocation, ...payload(outcome) }] }
}

function payload(outcome: Outcome): { output: unknown } | { error: Failure } {
  return outcome.kind === 'done' ? { output: outcome.output } : { error: outcome.error }
}

function acceptAlarm(draft: RecordDraft, message: Message & { kind: 'alarm' }): AcceptResult | undefined {
  if (draft.record.alarms[message.id] !== message.deadline) return undefined
  draft.fired(message.id)
  const alarm = systemAlarm(message.id)
  switch (alarm?.kind) {
    case undefined:
      return { events: [message.event] }
    case 'pause': {
      const { record, strategy } = draft
      const { supervision, orders, ended } = afterPause(record.supervision, strategy, alarm.child)
      draft.supervise(supervision, orders)
      cancelPauses(draft)
      return { events: ended.map(endedEvent) }
    }
    case 'deadline':
      return outOfTime(draft, alarm.invocation)
    default:
      return alarm satisfies never
  }
}

/** Fails an invocation whose time is over; a later result is ignored. */
function outOfTime(draft: RecordDraft, id: string): AcceptResult | undefined {
  if (!Object.hasOwn(draft.record.invocations, id)) return undefined
  draft.endInvocation(id)
  const error = { message: `invocation '${id}' did not end in time`, code: 'timeout' }
  return { events: [{ type: `xstate.error.actor.${id}`, actorId: id, error }] }
}
