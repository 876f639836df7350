// Accept: children
//
// Owns:   changes to a parent's record when a child begins, a child ends, or a call about children arrives.
// Leaves: the decisions (restart.ts, supervisor-calls.ts), carrying them out (actors/supervisor.ts).

import type { ActorDefinition } from '../definition/actor-definition.ts'
import type { Event, Message } from '../messages.ts'
import {
  type ChildExit,
  decide,
  type EndedChild,
  isOf,
  markRunning,
  type RestartDecision,
} from '../supervision/restart.ts'
import type { Child } from '../supervision/supervision.ts'
import { answer } from '../supervision/supervisor-calls.ts'
import { type AcceptResult, nothing } from './accept-result.ts'
import type { RecordDraft } from './draft.ts'
import { pauseId, systemAlarm } from './system-alarm.ts'

type BeginMessage = Message & { kind: 'begun' }
type CallMessage = Message & { kind: 'call' }

export function acceptBegun(draft: RecordDraft, message: BeginMessage, at: number): AcceptResult | undefined {
  const { child: id, extra } = message
  const child = draft.record.supervision.children.get(id)
  if (!child || !isOf(child, message) || child.state === 'stopped') return undefined
  if (child.state === 'running' && child.asked === undefined) return undefined
  draft.supervise(markRunning(draft.record.supervision, child, at))
  answerStart(draft, child, extra)
  return nothing()
}

/** Answers the call that started this child: the start succeeded. */
function answerStart(draft: RecordDraft, { id, call }: Child, extra: unknown): void {
  if (call === undefined) return
  const child = `${draft.record.address}.${id}`
  draft.reply(call, { ok: true, value: { child, ...(extra !== undefined && { extra }) } })
}

export function acceptCall(
  draft: RecordDraft,
  { init }: ActorDefinition,
  message: CallMessage,
  now: number,
): AcceptResult {
  if (!init) return refuseCall(draft, message)
  const { id, request } = message
  const { address, supervision } = draft.record
  const asked = { address, supervision, strategy: draft.strategy, call: id, birth: draft.nextBirth(), now }
  const given = answer(asked, request)
  draft.supervise(given.supervision, given.orders)
  cancelPauses(draft)
  if (given.reply) draft.reply(id, given.reply)
  return nothing()
}

/** Cancels pauses that no child waits for. */
export function cancelPauses(draft: RecordDraft): void {
  const { alarms, supervision } = draft.record
  for (const id of Object.keys(alarms)) {
    const alarm = systemAlarm(id)
    if (alarm?.kind === 'pause' && supervision.children.get(alarm.child)?.round !== alarm.child) {
      draft.cancelAlarm(id)
    }
  }
}

function refuseCall(draft: RecordDraft, { id }: CallMessage): AcceptResult {
  const message = `${draft.record.address} has a machine, which decides about its children`
  draft.reply(id, { ok: false, error: { code: 'not_a_supervisor', message } })
  return nothing()
}

export function acceptExit(draft: RecordDraft, message: ChildExit, at: number): AcceptResult | undefined {
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

/** Answers a start whose child had nothing to do, or ended before its start was reported: the start succeeded. */
function answerEnd(draft: RecordDraft, child: Child, { exit, start }: ChildExit): void {
  if (child.call === undefined) return
  if (exit.ignored) draft.reply(child.call, { ok: true, value: { child: null } })
  else if (!start) answerStart(draft, child, undefined)
}

function notStarted(
  draft: RecordDraft,
  { failed, ended }: RestartDecision & { kind: 'not_started' },
): AcceptResult {
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

/** OTP's supervisor reports: abnormal ends, ends of permanent children, failed starts, exceeded restart intensity. */
function report(draft: RecordDraft, { child, exit, start }: ChildExit, decision: RestartDecision): void {
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

/** The event by which a parent's machine learns of the end of a child. */
export function endedEvent({ id, exit }: EndedChild): Event {
  if (exit.reason === 'normal') return { type: `xstate.done.actor.${id}`, actorId: id, output: exit.output }
  const error = exit.error ?? { message: `${id} ended: ${exit.reason}`, code: exit.reason }
  return { type: `xstate.error.actor.${id}`, actorId: id, error }
}
