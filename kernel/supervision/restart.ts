// Restart
//
// Owns:   a parent's decision when a child ends or does not begin: a pure function of its children, its restart log and
//         a time.
// Leaves: carrying it out (actors/supervisor.ts), storing it (it is part of the parent's record).
// Source: Erlang/OTP `supervisor`: restart_child, restart, restart_multiple_children, add_restart, do_auto_shutdown.
//
// Each start has a new incarnation number; the end of an older incarnation changes nothing.
//
// A round stops its siblings in reverse start order and starts all of them in start order, also those that were stopped
// before. Temporary siblings are stopped and removed.
//
// Every attempt counts as a restart, also one that failed to start; a round counts once. A failed restart is tried
// again; a failed start by request is not.

import type { Exit } from '../messages.ts'
import type { ChildOrder } from '../step/effects.ts'
import type { Backoff, ChildSpec, Strategy } from './child-spec.ts'
import { restartPause } from './restart-pause.ts'
import {
  type Child,
  childForget,
  childrenOf,
  childStart,
  childStop,
  isUp,
  type Supervision,
  settled,
  stopped,
  withChild,
  withoutChild,
} from './supervision.ts'

/** How a parent's machine sees a child that is not restarted. */
export interface EndedChild {
  readonly id: string
  readonly exit: Exit
}

export type RestartDecision =
  | { readonly kind: 'ignored' }
  /** `child` is not restarted; `orders` delete its stored state, unless it can be started by hand. */
  | {
      readonly kind: 'ended'
      readonly supervision: Supervision
      readonly orders: readonly ChildOrder[]
      readonly ended: EndedChild
      /** Whether the parent ends too, because a significant child ended. */
      readonly autoShutdown: boolean
    }
  /** A requested start failed. `failed`: the child as it was. */
  | {
      readonly kind: 'not_started'
      readonly supervision: Supervision
      readonly orders: readonly ChildOrder[]
      readonly failed: Child
      readonly ended: EndedChild
    }
  | {
      readonly kind: 'restart'
      readonly supervision: Supervision
      readonly orders: readonly ChildOrder[]
      /** Temporary siblings that the round stopped; they are not restarted. */
      readonly ended: readonly EndedChild[]
      /** Milliseconds to wait before `afterPause` returns the starts of the round. */
      readonly pause?: number
      /** Children whose pauses this round ends. */
      readonly overtaken: readonly string[]
    }
  | { readonly kind: 'give_up'; readonly supervision: Supervision; readonly restarts: number }

/** The starts after a pause; `ended`: temporary siblings that began meanwhile and are stopped. */
export interface AfterPause {
  readonly supervision: Supervision
  readonly orders: readonly ChildOrder[]
  readonly ended: readonly EndedChild[]
}

export interface ChildExit {
  readonly child: string
  readonly incarnation: number
  readonly birth: string
  readonly exit: Exit
  /** The child never began. */
  readonly start?: true
}

export function decide(
  supervision: Supervision,
  strategy: Strategy,
  ended: ChildExit,
  now: number,
): RestartDecision {
  const child = supervision.children.get(ended.child)
  if (!child || !isOf(child, ended) || child.state === 'stopped') return { kind: 'ignored' }
  if (ended.exit.ignored) return leave(supervision, strategy, child, ended.exit)
  if (ended.start && child.asked) return notStarted(supervision, child, ended.exit)
  if (!isRestarted(child.spec.restart, ended.exit)) return leave(supervision, strategy, child, ended.exit)
  const restarts = addRestart(supervision.restarts, strategy.period, now)
  if (restarts.length > strategy.intensity) {
    const left = withChild({ ...supervision, restarts }, stopped(child))
    return { kind: 'give_up', supervision: left, restarts: restarts.length }
  }
  return round({ ...supervision, restarts }, child, ended, strategy, now)
}

/** Whether the report is about the child's current incarnation and birth, not an older one. */
export function isOf(
  child: Child,
  { incarnation, birth }: Pick<ChildExit, 'incarnation' | 'birth'>,
): boolean {
  return child.incarnation === incarnation && child.birth === birth
}

/** OTP's decision table: `normal` and `shutdown` are normal ends, all others are abnormal. */
export function isRestarted(restart: ChildSpec['restart'], exit: Exit): boolean {
  if (restart === 'permanent') return true
  return restart === 'transient' && !isOrdinary(exit)
}

/**
 * The restarts inside the period, this one included. As in OTP the period is in whole seconds and includes its end.
 * OTP's clock is monotonic; after this clock was set back, restarts in the future count as now.
 */
export function addRestart(
  restarts: readonly number[],
  periodSeconds: number,
  now: number,
): readonly number[] {
  const since = Math.floor(now / 1000) - periodSeconds
  return [
    now,
    ...restarts.map((time) => Math.min(time, now)).filter((time) => Math.floor(time / 1000) >= since),
  ]
}

/** Marks a child as running; its start can be answered. */
export function markRunning(supervision: Supervision, child: Child, now: number): Supervision {
  const since = child.spec.backoff && { since: now }
  return withChild(supervision, { ...settled(child), state: 'running', ...since })
}

/** Starts the round of a pause that is over, with all children that belong to it by now, as OTP's retry does. */
export function afterPause(supervision: Supervision, { kind }: Strategy, id: string): AfterPause {
  const failed = supervision.children.get(id)
  if (failed?.round !== id) return { supervision, orders: [], ended: [] }
  const { members, left, stops, ended } = parted(supervision, failed, kind)
  const started = members.map((child): Child => {
    const prepared = child.round === id ? settled(child) : nextIncarnation(child, !isUp(child))
    return { ...prepared, state: 'starting' }
  })
  return { supervision: started.reduce(withChild, left), orders: [...stops, ...starts(id, started)], ended }
}

/** Whether an actor ended as intended: `normal` or `shutdown`. */
export function isOrdinary({ reason }: Exit): boolean {
  return reason === 'normal' || reason === 'shutdown'
}

/** Does not restart the child. A child that can be started by hand stays known, others are forgotten. */
function leave(supervision: Supervision, strategy: Strategy, child: Child, exit: Exit): RestartDecision {
  const gone = child.spec.restart === 'temporary' || strategy.kind === 'simple_one_for_one'
  const left = gone ? withoutChild(supervision, child.id) : withChild(supervision, stopped(child))
  const orders = gone ? [childForget(child)] : []
  const autoShutdown = !exit.ignored && child.spec.significant && isLastSignificant(left, strategy)
  return { kind: 'ended', supervision: left, orders, ended: { id: child.id, exit }, autoShutdown }
}

function isLastSignificant(left: Supervision, { autoShutdown }: Strategy): boolean {
  if (autoShutdown !== 'all_significant') return autoShutdown === 'any_significant'
  return childrenOf(left).every((child) => !child.spec.significant || !isUp(child))
}

function notStarted(supervision: Supervision, child: Child, exit: Exit): RestartDecision {
  const keep = child.asked === 'restart'
  const left = keep ? withChild(supervision, stopped(child)) : withoutChild(supervision, child.id)
  const orders = keep ? [] : [childForget(child)]
  return { kind: 'not_started', supervision: left, orders, failed: child, ended: { id: child.id, exit } }
}

function round(
  supervision: Supervision,
  failed: Child,
  { exit, start }: ChildExit,
  strategy: Strategy,
  now: number,
): RestartDecision {
  const { members, left, stops, ended } = parted(supervision, failed, strategy.kind)
  const { backoff } = failed.spec
  const failures = backoff && failuresOf(failed, backoff, now)
  const next = members.map((child): Child => {
    if (child !== failed) return nextIncarnation(child, !isUp(child) && child.round === undefined)
    const again = nextIncarnation(child, start || isOrdinary(exit))
    return { ...again, ...(failures && { failures }), ...(start && { state: 'restarting' }) }
  })
  const overtaken = members.flatMap((child) => (child.round === child.id ? [child.id] : []))
  const decision = { kind: 'restart' as const, ended, overtaken }
  if (!backoff || !failures) {
    const orders = [...stops, ...starts(failed.id, next)]
    return { ...decision, supervision: next.reduce(withChild, left), orders }
  }
  const waiting = next.map((child): Child => {
    const state = child.id === failed.id ? 'restarting' : 'stopped'
    return { ...child, state, round: failed.id }
  })
  const wait = restartPause(backoff, failures, `${failed.birth}#${failed.incarnation}`)
  return { ...decision, supervision: waiting.reduce(withChild, left), orders: stops, pause: wait }
}

/** The children of a round, and those it ends: siblings are stopped, temporary siblings are removed. */
function parted(supervision: Supervision, failed: Child, kind: Strategy['kind']) {
  const touched = inRound(supervision, failed, kind)
  const siblings = touched.filter((child) => child !== failed && isUp(child))
  const gone = siblings.filter((child) => child.spec.restart === 'temporary')
  return {
    members: touched.filter((child) => !gone.includes(child)),
    left: gone.reduce((rest, { id }) => withoutChild(rest, id), supervision),
    stops: [...siblings.map(childStop).reverse(), ...gone.map(childForget)],
    ended: gone.map(({ id }): EndedChild => ({ id, exit: { reason: 'shutdown' } })),
  }
}

function inRound(supervision: Supervision, failed: Child, kind: Strategy['kind']): readonly Child[] {
  switch (kind) {
    case 'one_for_one':
    case 'simple_one_for_one':
      return [failed]
    case 'one_for_all':
      return childrenOf(supervision)
    case 'rest_for_one':
      return childrenOf(supervision).filter(({ order }) => order >= failed.order)
    default:
      return kind satisfies never
  }
}

/** The next incarnation of a child. `anew`: it has no snapshot, so it also gets a new birth. */
function nextIncarnation(child: Child, anew: boolean): Child {
  const { since: _, ...rest } = settled(child)
  const incarnation = child.incarnation + 1
  if (child.spec.resume === 'snapshot' && !anew) return { ...rest, incarnation, state: 'running' }
  const birth = `${child.birth.replace(/r\d+$/, '')}r${incarnation}`
  return { ...rest, birth, incarnation, state: 'starting' }
}

function starts(failed: string, members: readonly Child[]): ChildOrder[] {
  return members.map((child) => ({ ...childStart(child), round: failed }))
}

/** Failures in a row; a child that ran long enough counts from one again. */
function failuresOf({ failures = 0, since }: Child, { resetAfterMs }: Backoff, now: number): number {
  return since !== undefined && now - since >= resetAfterMs ? 1 : failures + 1
}
