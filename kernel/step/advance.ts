// Advance
//
// Owns:   what one message makes of an actor: the fold whose result is committed. Pure, so that folding it over
//         the journal gives the stored record again (promise P6).
// Leaves: committing (persistence/), carrying out (actors/).
//
// A1. A message that was taken before, or that belongs to something cancelled, gives undefined: skip it.
// A2. A throw is a crash of this actor on this message; the record is then as it was before.

import type { ActorDefinition } from '../definition/definition.ts'
import { eventType, messageId } from '../definition/message-names.ts'
import type { Event, Exit, Failure, Message } from '../messages.ts'
import { PersistentMap } from '../persistent-map/persistent-map.ts'
import { noChildren, type Supervision } from '../supervision/supervision.ts'
import { accept } from './accept.ts'
import type { ActorRecord } from './actor-record.ts'
import { type Advanced, Draft } from './draft.ts'
import { exitOf } from './ending.ts'
import { enter, step } from './step.ts'
import type { Taken } from './taken.ts'

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
  const begins = entry.message.kind === 'started'
  const ignored = entry.message.kind === 'started' && begin(draft, definition, entry.message.input)
  for (const event of taken.events) stepOnce(draft, definition, event)
  if (draft.record.poison) {
    const { poison: _, ...sound } = draft.record
    draft.record = sound
  }
  const exit = ignored ? nothingToDo : endOf(draft.record, taken, begins)
  if (exit) draft.end(exit, taken.start || exit.ignored)
  return draft.result()
}

const nothingToDo: Exit = { reason: 'normal', ignored: true }

/** Enters the chart; a supervisor without one begins with its children. Whether there is nothing to supervise. */
function begin(draft: Draft, definition: ActorDefinition, input: unknown): boolean {
  const { snapshot, requests } = enter(definition.machine, input)
  draft.stepped(snapshot, requests)
  const start = definition.init?.(input)
  if (start === 'ignore') return true
  if (start) draft.startUp(start)
  return false
}

function endOf({ snapshot }: ActorRecord, { giveUp }: Taken, begins: boolean): Exit | undefined {
  return giveUp ?? (snapshot.status === 'done' ? exitOf(snapshot.output, begins) : undefined)
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
  draft.crash({ reason: error.code === 'timeout' ? 'timeout' : 'crash', error })
  return rekeyed(draft.result(), crashes)
}

/** What is committed when an actor is ended from outside without being asked: its snapshot stays, its end is told. */
export function kill(
  definition: ActorDefinition,
  before: ActorRecord,
  at: number,
  reason: KillReason,
): Advanced {
  const draft = new Draft(definition, before, before.sequence, at)
  const crashes = (before.crashes ?? 0) + 1
  draft.change({ crashes })
  draft.crash({ reason, error: { message: `it was ended: ${reason}`, code: reason } })
  return rekeyed(draft.result(), crashes)
}

/** How an actor can be ended from outside: killed, its deadline missed, its node lost. */
export type KillReason = 'killed' | 'timeout' | 'noconnection'

function stepOnce(draft: Draft, definition: ActorDefinition, event: Event): void {
  const { invocations, supervision, snapshot } = draft.record
  // A supervisor without a machine of its own has decided already.
  if (snapshot.status !== 'active' || definition.init) return
  const ids = [...Object.keys(invocations), ...childIds(supervision)]
  // XState still knows an invocation whose outcome this is, and a child that just ended.
  const actor = typeof event.actorId === 'string' ? [event.actorId] : []
  const stepped = step(definition.machine, snapshot, event, [...ids, ...actor])
  draft.stepped(stepped.snapshot, stepped.requests)
}

const known = new WeakMap<Supervision['children'], readonly string[]>()

/** Listed once for each change of the children, not for each step. */
function childIds({ children }: Supervision): readonly string[] {
  const ids = known.get(children) ?? [...children].map(([id]) => id)
  known.set(children, ids)
  return ids
}

/** A crash is no journal entry, so its sequence was used before: the count of crashes keeps its keys apart. */
function rekeyed(advanced: Advanced, crashes: number): Advanced {
  const add = advanced.outbox.add.map(({ key, effect }) => ({ key: `${key}!${crashes}`, effect }))
  return { ...advanced, outbox: { ...advanced.outbox, add } }
}
