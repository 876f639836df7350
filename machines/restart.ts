// Restart
//
// Owns:   what a parent does when a child ends: a pure decision over its child list, its restart log and a time.
// Leaves: carrying it out (actors/supervisor.ts), remembering it (it is part of the parent's record).
// Source: Erlang/OTP `supervisor`: how it ended and the restart type decide (`restart_child`), one restart log
//         for each parent, a round of one_for_all or rest_for_one counts once (`add_restart`).
//
// R1. Each restart has an incarnation of its own; the end of an older incarnation changes nothing.
// R2. Siblings of a round are stopped in reverse start order and started in start order.

import type { ChildSpec, Strategy } from './child-spec.ts'
import type { ChildOrder } from './effects.ts'
import type { Exit } from './messages.ts'

/** What a parent knows of its children; part of its committed record. */
export interface Supervision {
  /** In start order. */
  readonly children: readonly Child[]
  /** Times of the restarts inside the period, in milliseconds since the Unix epoch, newest first. */
  readonly restarts: readonly number[]
}

export interface Child {
  readonly id: string
  readonly src: string
  readonly spec: ChildSpec
  /** Tells one life of this id from the next; a restart from the snapshot keeps it. */
  readonly birth: string
  /** Grows with each start, over all lives of this id. */
  readonly incarnation: number
  /** Dropped when it ended: what ended is not started again. */
  readonly input: unknown
  readonly state: 'running' | 'stopped'
}

/** How a child that is not restarted is shown to its parent's machine. */
export interface Ended {
  readonly id: string
  readonly exit: Exit
}

export type Decision =
  | { readonly kind: 'ignored' }
  | { readonly kind: 'ended'; readonly supervision: Supervision; readonly ended: Ended }
  | {
      readonly kind: 'restart'
      readonly supervision: Supervision
      readonly orders: readonly ChildOrder[]
      /** Temporary siblings that the round stopped; they do not come back. */
      readonly ended: readonly Ended[]
    }
  | { readonly kind: 'give_up'; readonly supervision: Supervision; readonly restarts: number }

export interface ChildExit {
  readonly child: string
  readonly incarnation: number
  readonly exit: Exit
}

export const noChildren: Supervision = { children: [], restarts: [] }

export function decide(
  supervision: Supervision,
  strategy: Strategy,
  ended: ChildExit,
  now: number,
): Decision {
  const child = supervision.children.find((each) => each.id === ended.child)
  if (child?.incarnation !== ended.incarnation || child.state !== 'running') return { kind: 'ignored' }
  if (!isRestarted(child.spec.restart, ended.exit)) return endChild(supervision, child, ended.exit)
  const restarts = addRestart(supervision.restarts, strategy.period, now)
  if (restarts.length > strategy.intensity) {
    const left = { children: replaced(supervision.children, { ...child, state: 'stopped' }), restarts }
    return { kind: 'give_up', supervision: left, restarts: restarts.length }
  }
  return round(supervision.children, child, ended.exit, strategy, restarts)
}

/** OTP's decision table: `normal` and `shutdown` are ordinary ends, all else is abnormal. */
export function isRestarted(restart: ChildSpec['restart'], exit: Exit): boolean {
  if (restart === 'permanent') return true
  if (restart === 'temporary') return false
  return exit.reason !== 'normal' && exit.reason !== 'shutdown'
}

/** The restarts inside the window, this one included. The window includes its end, as in OTP. */
export function addRestart(
  restarts: readonly number[],
  periodSeconds: number,
  now: number,
): readonly number[] {
  return [now, ...restarts.filter((time) => time >= now - periodSeconds * 1000 && time <= now)]
}

/** Stops for all children that run, in reverse start order. */
export function stopAll(children: readonly Child[]): ChildOrder[] {
  return children
    .filter((child) => child.state === 'running')
    .map(stopOrder)
    .reverse()
}

export function startOrder(child: Child, from: 'snapshot' | 'input'): ChildOrder {
  const { id, src, birth, incarnation, input } = child
  return { kind: 'start', id, src, birth, incarnation, input, from }
}

export function stopOrder(child: Child): ChildOrder {
  return { kind: 'stop', id: child.id, incarnation: child.incarnation, shutdown: child.spec.shutdown }
}

export function forgetOrder({ id, birth }: Child): ChildOrder {
  return { kind: 'forget', id, birth }
}

function endChild(supervision: Supervision, child: Child, exit: Exit): Decision {
  const children =
    child.spec.restart === 'temporary'
      ? supervision.children.filter((each) => each !== child)
      : replaced(supervision.children, { ...child, state: 'stopped', input: null })
  return { kind: 'ended', supervision: { ...supervision, children }, ended: { id: child.id, exit } }
}

function round(
  children: readonly Child[],
  failed: Child,
  exit: Exit,
  strategy: Strategy,
  restarts: readonly number[],
): Decision {
  const touched = inRound(children, failed, strategy.kind)
  const siblings = touched.filter((child) => child !== failed && child.state === 'running')
  const gone = siblings.filter((child) => child.spec.restart === 'temporary')
  const restarted = touched
    .filter((child) => child === failed || (child.state === 'running' && !gone.includes(child)))
    .map((child) => nextLife(child, child === failed ? exit : { reason: 'shutdown' }))
  const kept = children.filter((child) => !gone.includes(child))
  const forgets = gone.map(forgetOrder)
  return {
    kind: 'restart',
    supervision: { children: restarted.map((next) => next.child).reduce(replaced, kept), restarts },
    orders: [...stopAll(siblings), ...forgets, ...restarted.map((next) => startOrder(next.child, next.from))],
    ended: gone.map(({ id }) => ({ id, exit: { reason: 'shutdown' } })),
  }
}

function inRound(children: readonly Child[], failed: Child, kind: Strategy['kind']): readonly Child[] {
  switch (kind) {
    case 'one_for_one':
      return [failed]
    case 'one_for_all':
      return children
    case 'rest_for_one':
      return children.slice(children.indexOf(failed))
    default:
      return kind satisfies never
  }
}

/** A child that reached its end has no snapshot to go on from: it is born again. */
function nextLife(child: Child, exit: Exit): { child: Child; from: 'snapshot' | 'input' } {
  const incarnation = child.incarnation + 1
  if (child.spec.resume === 'snapshot' && exit.reason !== 'normal') {
    return { child: { ...child, incarnation, state: 'running' }, from: 'snapshot' }
  }
  const birth = `${child.birth.replace(/r\d+$/, '')}r${incarnation}`
  return { child: { ...child, birth, incarnation, state: 'running' }, from: 'input' }
}

function replaced(children: readonly Child[], next: Child): readonly Child[] {
  return children.map((child) => (child.id === next.id ? next : child))
}
