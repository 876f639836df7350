// Advance
//
// Owns:   what one message makes of an actor: the fold whose result is committed. Pure, so that folding it over
//         the journal gives the stored record again (promise P6).
// Leaves: committing (persistence/), carrying out (actors/).
//
// A1. A message that was taken before, or that belongs to something cancelled, gives undefined: skip it.
// A2. A throw is a crash of this actor on this message; the record is then as it was before.

import type { ActorRecord } from './actor-record.ts'
import type { ActorDefinition } from './definition.ts'
import { type Advanced, Draft } from './draft.ts'
import type { Event, Exit, Failure, Message, Outcome } from './messages.ts'
import { PersistentMap } from './persistent-map.ts'
import { take } from './place.ts'
import { decide, type Ended, forgetOrder, noChildren, type Supervision } from './restart.ts'
import { enter, step } from './step.ts'

/** What an actor is before it has taken anything. */
export type Identity = Pick<
  ActorRecord,
  'address' | 'kind' | 'version' | 'parent' | 'id' | 'birth' | 'incarnation'
>

/** One accepted message with its place in the journal and its time (milliseconds since the Unix epoch). */
export interface Entry {
  readonly sequence: number
  readonly at: number
  readonly message: Message
}

/** The record of an actor that has not taken its first message. */
export function newborn(identity: Identity): ActorRecord {
  return {
    ...identity,
    sequence: 0,
    snapshot: { status: 'active', value: null, context: {} },
    supervision: noChildren,
    invocations: {},
    alarms: {},
    places: PersistentMap.empty(),
    sent: PersistentMap.empty(),
    outside: [],
  }
}

export function advance(
  definition: ActorDefinition,
  before: ActorRecord,
  entry: Entry,
): Advanced | undefined {
  if (before.exit) return undefined
  const draft = new Draft(definition, before, entry.sequence, entry.at)
  const taken = accept(draft, definition, entry)
  if (!taken) return undefined
  if (entry.message.kind === 'started') {
    const { snapshot, requests } = enter(definition.machine, entry.message.input)
    draft.stepped(snapshot, requests)
  }
  for (const event of taken.events) stepOnce(draft, definition, event)
  if (draft.record.poison) {
    const { poison: _, ...sound } = draft.record
    draft.record = sound
  }
  if (taken.giveUp) draft.end(taken.giveUp)
  else if (draft.record.snapshot.status === 'done') {
    draft.end({ reason: 'normal', output: draft.record.snapshot.output })
  }
  return draft.result()
}

/** What is committed when a message crashed its actor: the snapshot stays, the crash is counted and told. */
export function crash(
  definition: ActorDefinition,
  before: ActorRecord,
  entry: Entry,
  error: Failure,
): Advanced {
  const draft = new Draft(definition, before, before.sequence, entry.at)
  const id = messageId(entry.message)
  const count = before.poison?.id === id ? before.poison.count + 1 : 1
  const crashes = (before.crashes ?? 0) + 1
  draft.change({ poison: { id, count, event: eventType(entry.message) }, crashes })
  draft.crash({ reason: 'crash', error })
  return rekeyed(draft.result(), crashes)
}

/** Tells a message from all others of the same actor, also when it is delivered again. */
export function messageId(message: Message): string {
  switch (message.kind) {
    case 'started':
      return 'started'
    case 'mail':
      return message.id
    case 'outcome':
      return message.key
    case 'alarm':
      return `${message.id}@${message.deadline}`
    case 'refused':
      return message.key
    case 'exited':
      return `${message.child}#${message.incarnation}`
    default:
      return message satisfies never
  }
}

/** The type of the XState event that a message becomes. */
export function eventType(message: Message): string {
  switch (message.kind) {
    case 'started':
      return 'xstate.init'
    case 'mail':
    case 'alarm':
      return message.event.type
    case 'outcome':
      return `xstate.${message.outcome.kind === 'done' ? 'done' : 'error'}.actor.${message.invocation}`
    case 'refused':
      return 'canopy.refused'
    case 'exited':
      return `xstate.${message.exit.reason === 'normal' ? 'done' : 'error'}.actor.${message.child}`
    default:
      return message satisfies never
  }
}

interface Taken {
  readonly events: readonly Event[]
  readonly giveUp?: Exit
}

const MAX_OUTSIDE = 256
const nothing: Taken = { events: [] }

function accept(draft: Draft, definition: ActorDefinition, { message, at }: Entry): Taken | undefined {
  switch (message.kind) {
    case 'started':
      return draft.record.sequence === 1 ? nothing : undefined
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
      return acceptExit(draft, definition, message, at)
    default:
      return message satisfies never
  }
}

function acceptMail(draft: Draft, message: Message & { kind: 'mail' }): Taken | undefined {
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

function acceptOutcome(draft: Draft, message: Message & { kind: 'outcome' }): Taken | undefined {
  const { key, invocation, outcome } = message
  if (draft.record.invocations[invocation] !== key) return undefined
  const { [invocation]: _, ...invocations } = draft.record.invocations
  draft.change({ invocations })
  draft.settle(key)
  return { events: [{ type: eventType(message), actorId: invocation, ...payload(outcome) }] }
}

function payload(outcome: Outcome): { output: unknown } | { error: Failure } {
  return outcome.kind === 'done' ? { output: outcome.output } : { error: outcome.error }
}

function acceptAlarm(draft: Draft, message: Message & { kind: 'alarm' }): Taken | undefined {
  if (draft.record.alarms[message.id] !== message.deadline) return undefined
  draft.fired(message.id)
  return { events: [message.event] }
}

function acceptExit(
  draft: Draft,
  definition: ActorDefinition,
  message: Message & { kind: 'exited' },
  at: number,
): Taken | undefined {
  const decision = decide(draft.record.supervision, definition.strategy, message, at)
  if (decision.kind === 'ignored') return undefined
  const former = draft.record.supervision.children
  draft.change({ supervision: decision.supervision })
  switch (decision.kind) {
    case 'ended':
      // A temporary child leaves nothing behind.
      draft.order(former.filter((child) => !hasChild(decision.supervision, child.id)).map(forgetOrder))
      return { events: [endedEvent(decision.ended)] }
    case 'restart':
      draft.order(decision.orders)
      return { events: decision.ended.map(endedEvent) }
    case 'give_up': {
      const times = `${decision.restarts - 1} restarts within ${definition.strategy.period} s`
      const cause = message.exit.error?.message ?? message.exit.reason
      const error = { message: `gave up on ${message.child} after ${times}: ${cause}`, code: 'gave_up' }
      return { events: [], giveUp: { reason: 'shutdown', error } }
    }
    default:
      return decision satisfies never
  }
}

function hasChild({ children }: Supervision, id: string): boolean {
  return children.some((child) => child.id === id)
}

function endedEvent({ id, exit }: Ended): Event {
  if (exit.reason === 'normal') return { type: `xstate.done.actor.${id}`, actorId: id, output: exit.output }
  const error = exit.error ?? { message: `${id} ended: ${exit.reason}`, code: exit.reason }
  return { type: `xstate.error.actor.${id}`, actorId: id, error }
}

function stepOnce(draft: Draft, definition: ActorDefinition, event: Event): void {
  const { invocations, supervision, snapshot } = draft.record
  if (snapshot.status !== 'active') return
  const ids = [...Object.keys(invocations), ...supervision.children.map((child) => child.id)]
  // XState still knows an invocation whose outcome this is, and a child that just ended.
  const actor = typeof event.actorId === 'string' ? [event.actorId] : []
  const stepped = step(definition.machine, snapshot, event, [...ids, ...actor])
  draft.stepped(stepped.snapshot, stepped.requests)
}

/** A crash is no journal entry, so its sequence was used before: the count of crashes keeps its keys apart. */
function rekeyed(advanced: Advanced, crashes: number): Advanced {
  const add = advanced.outbox.add.map(({ key, effect }) => ({ key: `${key}!${crashes}`, effect }))
  return { ...advanced, outbox: { ...advanced.outbox, add } }
}
