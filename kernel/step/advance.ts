// Advance
//
// Owns:   the step of an actor: one message and a record give the next record and its effects. Pure, so that folding it
//         over the journal gives the stored record again (promise P6).
// Leaves: committing (persistence/), carrying out effects (actors/).
//
// A message that was taken before, or that belongs to something cancelled, returns undefined: skip it.
//
// A throw is a crash of this actor on this message; the record stays as it was before.

import type { ActorDefinition } from '../definition/actor-definition.ts'
import { eventType, messageId } from '../definition/message-names.ts'
import type { Event, Exit, Failure, Message } from '../messages.ts'
import { PersistentMap } from '../persistent-map/persistent-map.ts'
import { noChildren, type Supervision } from '../supervision/supervision.ts'
import { accept } from './accept.ts'
import type { AcceptResult } from './accept-result.ts'
import type { ActorRecord } from './actor-record.ts'
import { type AdvanceResult, RecordDraft } from './draft.ts'
import { exitOf } from './ending.ts'
import { enter, step } from './step.ts'

/** The fields of an actor's record that are known before its first message. */
export type ActorIdentity = Pick<
  ActorRecord,
  'address' | 'kind' | 'version' | 'parent' | 'id' | 'birth' | 'incarnation'
>

/** One accepted message with its number in the journal and its time (milliseconds since the Unix epoch). */
export interface JournaledMessage {
  readonly sequence: number
  readonly at: number
  readonly message: Message
}

/** The record of an actor before its first message. */
export function newRecord(identity: ActorIdentity): ActorRecord {
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

/**
 * What one message makes of an actor: its next record with the effects to carry out, or `undefined` when the message is to be skipped (it
 * was taken before, or the actor has ended). Pure. Throws what a guard or an action throws: the actor crashed on this message.
 */
export function advance(
  definition: ActorDefinition,
  before: ActorRecord,
  entry: JournaledMessage,
): AdvanceResult | undefined {
  if (before.exit) return undefined
  const draft = new RecordDraft(definition, before, entry.sequence, entry.at)
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

/** Enters the chart; a supervisor without one starts its children. Returns whether it has something to do. */
function begin(draft: RecordDraft, definition: ActorDefinition, input: unknown): boolean {
  const { snapshot, requests } = enter(definition.machine, input)
  draft.stepped(snapshot, requests)
  const start = definition.init?.(input)
  if (start === 'ignore') return true
  if (start) draft.startUp(start)
  return false
}

function endOf({ snapshot }: ActorRecord, { giveUp }: AcceptResult, begins: boolean): Exit | undefined {
  return giveUp ?? (snapshot.status === 'done' ? exitOf(snapshot.output, begins) : undefined)
}

/** The commit for a message that crashed its actor: the snapshot stays, the crash is counted and reported to the parent. */
export function crash(
  definition: ActorDefinition,
  before: ActorRecord,
  entry: JournaledMessage,
  error: Failure,
): AdvanceResult {
  const draft = new RecordDraft(definition, before, before.sequence, entry.at)
  const id = messageId(entry.message)
  const count = before.poison?.id === id ? before.poison.count + 1 : 1
  const crashes = (before.crashes ?? 0) + 1
  draft.change({ poison: { id, count, event: eventType(entry.message) }, crashes })
  draft.crash({ reason: error.code === 'timeout' ? 'timeout' : 'crash', error })
  return rekeyed(draft.result(), crashes)
}

/** The commit for an actor that is ended from outside: its snapshot stays, its end is reported to the parent. */
export function kill(
  definition: ActorDefinition,
  before: ActorRecord,
  at: number,
  reason: KillReason,
): AdvanceResult {
  const draft = new RecordDraft(definition, before, before.sequence, at)
  const crashes = (before.crashes ?? 0) + 1
  draft.change({ crashes })
  draft.crash({ reason, error: { message: `ended from outside: ${reason}`, code: reason } })
  return rekeyed(draft.result(), crashes)
}

/** The reasons to end an actor from outside: a kill, a missed deadline, a lost node. */
export type KillReason = 'killed' | 'timeout' | 'noconnection'

function stepOnce(draft: RecordDraft, definition: ActorDefinition, event: Event): void {
  const { invocations, supervision, snapshot } = draft.record
  // A supervisor without a machine decided already.
  if (snapshot.status !== 'active' || definition.init) return
  const ids = [...Object.keys(invocations), ...childIds(supervision)]
  // XState still knows the invocation or child that this event is about.
  const actor = typeof event.actorId === 'string' ? [event.actorId] : []
  const stepped = step(definition.machine, snapshot, event, [...ids, ...actor])
  draft.stepped(stepped.snapshot, stepped.requests)
}

const known = new WeakMap<Supervision['children'], readonly string[]>()

/** Cached per set of children, because most steps change none. */
function childIds({ children }: Supervision): readonly string[] {
  const ids = known.get(children) ?? [...children].map(([id]) => id)
  known.set(children, ids)
  return ids
}

/** A crash is no journal entry, so its sequence was used before: the crash count in the key makes it unique. */
function rekeyed(advanced: AdvanceResult, crashes: number): AdvanceResult {
  const add = advanced.outbox.add.map(({ key, effect }) => ({ key: `${key}!${crashes}`, effect }))
  return { ...advanced, outbox: { ...advanced.outbox, add } }
}
