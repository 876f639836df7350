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
import { exitOf } from './ending.ts'
import type { Event, Exit, Failure, Message, Outcome } from './messages.ts'
import { PersistentMap } from './persistent-map.ts'
import { take } from './place.ts'
import { afterPause, begun, type ChildExit, type Decision, decide, type Ended, isOf } from './restart.ts'
import { enter, step } from './step.ts'
import { type Child, noChildren, type Supervision } from './supervision.ts'
import { answer } from './supervisor-calls.ts'
import { pauseId, systemAlarm } from './system-alarm.ts'

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
    const start = definition.init?.(entry.message.input)
    if (start === 'ignore') taken.giveUp = { reason: 'normal', ignored: true }
    else if (start) draft.startUp(start)
  }
  for (const event of taken.events) stepOnce(draft, definition, event)
  if (draft.record.poison) {
    const { poison: _, ...sound } = draft.record
    draft.record = sound
  }
  const initial = entry.message.kind === 'started'
  const { status, output } = draft.record.snapshot
  const exit = taken.giveUp ?? (status === 'done' ? exitOf(output, initial) : undefined)
  if (exit) draft.end(exit, taken.start || exit.ignored)
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
    case 'begun':
      return `${message.child}#${message.incarnation}+`
    case 'call':
      return message.id
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
    case 'begun':
      return 'canopy.begun'
    case 'call':
      return `canopy.${message.request.kind}`
    default:
      return message satisfies never
  }
}

type Begun = Message & { kind: 'begun' }
type Call = Message & { kind: 'call' }

interface Taken {
  readonly events: readonly Event[]
  giveUp?: Exit
  /** It gives up before it has begun. */
  start?: true
}

const MAX_OUTSIDE = 256
const nothing = (): Taken => ({ events: [] })

function accept(draft: Draft, definition: ActorDefinition, { message, at }: Entry): Taken | undefined {
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
      return definition.init ? acceptCall(draft, message, at) : refuseCall(draft, message)
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
  draft.endInvocation(invocation)
  return { events: [{ type: eventType(message), actorId: invocation, ...payload(outcome) }] }
}

function payload(outcome: Outcome): { output: unknown } | { error: Failure } {
  return outcome.kind === 'done' ? { output: outcome.output } : { error: outcome.error }
}

function acceptAlarm(draft: Draft, message: Message & { kind: 'alarm' }): Taken | undefined {
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
      return { events: ended.map(endedEvent) }
    }
    case 'deadline':
      return outOfTime(draft, alarm.invocation)
    default:
      return alarm satisfies never
  }
}

/** An invocation took longer than it may; what it still brings back belongs to nothing. */
function outOfTime(draft: Draft, id: string): Taken | undefined {
  if (!(id in draft.record.invocations)) return undefined
  draft.endInvocation(id)
  const error = { message: `invocation '${id}' did not end in time`, code: 'timeout' }
  return { events: [{ type: `xstate.error.actor.${id}`, actorId: id, error }] }
}

function acceptBegun(draft: Draft, message: Begun, at: number): Taken | undefined {
  const { child: id, extra } = message
  const child = draft.record.supervision.children.get(id)
  if (!child || !isOf(child, message) || child.state === 'stopped') return undefined
  if (child.state === 'running' && child.asked === undefined) return undefined
  draft.supervise(begun(draft.record.supervision, child, at))
  answerStart(draft, child, extra)
  return nothing()
}

/** Whoever called for this start hears that it succeeded. */
function answerStart(draft: Draft, { id, call }: Child, extra: unknown): void {
  if (call === undefined) return
  const child = `${draft.record.address}.${id}`
  draft.reply(call, { ok: true, value: { child, ...(extra !== undefined && { extra }) } })
}

function acceptCall(draft: Draft, { id, request }: Call, now: number): Taken {
  const { address, supervision } = draft.record
  const asked = { address, supervision, strategy: draft.strategy, call: id, birth: draft.nextBirth(), now }
  const given = answer(asked, request)
  draft.supervise(given.supervision, given.orders)
  cancelPauses(draft)
  if (given.reply) draft.reply(id, given.reply)
  return nothing()
}

/** Pauses that nobody waits for any more. */
function cancelPauses(draft: Draft): void {
  const { alarms, supervision } = draft.record
  for (const id of Object.keys(alarms)) {
    const alarm = systemAlarm(id)
    if (alarm?.kind === 'pause' && supervision.children.get(alarm.child)?.round !== alarm.child) {
      draft.cancelAlarm(id)
    }
  }
}

function refuseCall(draft: Draft, { id }: Call): Taken {
  const message = `${draft.record.address} has a machine of its own, which decides about its children`
  draft.reply(id, { ok: false, error: { code: 'not_a_supervisor', message } })
  return nothing()
}

function acceptExit(draft: Draft, message: ChildExit, at: number): Taken | undefined {
  const former = draft.record.supervision.children.get(message.child)
  const decision = decide(draft.record.supervision, draft.strategy, message, at)
  if (decision.kind === 'ignored') return undefined
  draft.supervise(decision.supervision)
  report(draft, message, decision)
  if (former && decision.kind !== 'not_started') answerEnd(draft, former, message)
  switch (decision.kind) {
    case 'ended':
      draft.order(decision.orders)
      return {
        events: [endedEvent(decision.ended)],
        ...(decision.autoShutdown && { giveUp: { reason: 'shutdown' } }),
      }
    case 'not_started':
      draft.order(decision.orders)
      return notStarted(draft, decision)
    case 'restart':
      for (const id of decision.overtaken) draft.cancelAlarm(pauseId(id))
      draft.order(decision.orders)
      if (decision.pause !== undefined)
        draft.setSystemAlarm(pauseId(message.child), decision.pause, 'deadline')
      return { events: decision.ended.map(endedEvent) }
    case 'give_up': {
      const { period } = draft.strategy
      const times = `${decision.restarts - 1} restarts within ${period} s`
      const cause = message.exit.error?.message ?? message.exit.reason
      const error = { message: `gave up on ${message.child} after ${times}: ${cause}`, code: 'gave_up' }
      return { events: [], giveUp: { reason: 'shutdown', error } }
    }
    default:
      return decision satisfies never
  }
}

/** A child that had nothing to do, or that ended before its beginning was heard of, was started all the same. */
function answerEnd(draft: Draft, child: Child, { exit, start }: ChildExit): void {
  if (child.call === undefined) return
  if (exit.ignored) draft.reply(child.call, { ok: true, value: { child: null } })
  else if (!start) answerStart(draft, child, undefined)
}

function notStarted(draft: Draft, { failed, ended }: Decision & { kind: 'not_started' }): Taken {
  const cause = ended.exit.error ?? { message: `it ended ${ended.exit.reason}`, code: ended.exit.reason }
  const message = `child '${failed.id}' could not be started: ${cause.message}`
  if (failed.call !== undefined) {
    const error = {
      code: cause.code ?? 'start_failed',
      message,
      ...(cause.detail !== undefined && { detail: cause.detail }),
    }
    draft.reply(failed.call, { ok: false, error })
    return nothing()
  }
  if (failed.asked !== 'startup') return { events: [endedEvent(ended)] }
  const error = { code: 'failed_to_start_child', message, detail: { child: failed.id, cause } }
  return { events: [], giveUp: { reason: 'shutdown', error }, start: true }
}

/** OTP's supervisor reports: abnormal ends, ends of what should be permanent, failed starts, giving up. */
function report(draft: Draft, { child, exit, start }: ChildExit, decision: Decision): void {
  const { address } = draft.record
  const next = decision.kind === 'restart' || decision.kind === 'give_up' ? decision.kind : 'none'
  const ordinary = exit.reason === 'normal' || exit.reason === 'shutdown'
  if (!ordinary || next !== 'none' || start) {
    const pause =
      decision.kind === 'restart' && decision.pause !== undefined ? { pauseMs: decision.pause } : {}
    const restarts = decision.kind === 'ignored' ? 0 : decision.supervision.restarts.length
    if (!exit.ignored) {
      draft.tell({
        type: 'child.failed',
        address,
        child,
        phase: start ? 'start' : 'run',
        exit,
        next,
        restarts,
        ...pause,
      })
    }
  }
  if (decision.kind === 'give_up') {
    draft.tell({ type: 'actor.gave_up', address, child, restarts: decision.restarts - 1 })
  }
}

function endedEvent({ id, exit }: Ended): Event {
  if (exit.reason === 'normal') return { type: `xstate.done.actor.${id}`, actorId: id, output: exit.output }
  const error = exit.error ?? { message: `${id} ended: ${exit.reason}`, code: exit.reason }
  return { type: `xstate.error.actor.${id}`, actorId: id, error }
}

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
