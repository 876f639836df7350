// Supervision
//
// Owns:   what a parent knows of its children, as part of its committed record, and reading and changing it.
// Leaves: what becomes of it when a child ends (restart.ts) or when somebody asks (supervisor-calls.ts).
//
// S1. Children are kept in a map that shares what did not change: a change costs the same with one child or many.

import { PersistentMap } from '../persistent-map/persistent-map.ts'
import type { ChildOrder } from '../step/effects.ts'
import type { ChildSpec, Strategy } from './child-spec.ts'
import type { ChildTemplate } from './supervisor-given.ts'

export interface Supervision {
  readonly children: PersistentMap<Child>
  /** Times of the restarts inside the period, in milliseconds since the Unix epoch, newest first. */
  readonly restarts: readonly number[]
  /** The place of the next child in the start order. */
  readonly next: number
  /** Flags of a supervisor without a machine of its own; otherwise the definition says. */
  readonly strategy?: Strategy
  /** Of `simple_one_for_one`: what each child is made from. */
  readonly template?: ChildTemplate
}

export interface Child {
  readonly id: string
  readonly src: string
  readonly spec: ChildSpec
  /** Tells one life of this id from the next; a restart from the snapshot keeps it. */
  readonly birth: string
  /** Grows with each start, over all lives of this id. */
  readonly incarnation: number
  /** What a new life begins with. A temporary child has none: it never comes back. */
  readonly input: unknown
  /** Its place in the start order. */
  readonly order: number
  /**
   * `starting`: ordered, and somebody waits to hear that it began. `restarting`: its last restart failed, or it
   * waits for its next. `stopped`: known, not there (OTP's `undefined`); with a `round` it comes back with that.
   */
  readonly state: 'running' | 'starting' | 'restarting' | 'stopped'
  /**
   * It has not begun yet since this was asked for; if it cannot, it is not tried again. `startup`: with its
   * supervisor, `start`: as a new child, `restart`: by hand.
   */
  readonly asked?: 'startup' | 'start' | 'restart'
  /** The call that is answered when it has begun. */
  readonly call?: string
  /** The child whose pause it waits for before it is started. */
  readonly round?: string
  /** With a backoff: failures in a row, and when it was last started. */
  readonly failures?: number
  readonly since?: number
}

export const noChildren: Supervision = { children: PersistentMap.empty(), restarts: [], next: 0 }

/** The flags that a parent follows now: its own, or those of its definition. */
export function strategyOf(
  { strategy }: Pick<Supervision, 'strategy'>,
  definition: { readonly strategy: Strategy },
): Strategy {
  return strategy ?? definition.strategy
}

/** In start order. */
export function childrenOf({ children }: Pick<Supervision, 'children'>): Child[] {
  return [...children].map(([, child]) => child).sort((a, b) => a.order - b.order)
}

/** It is there, or will be as soon as its order is carried out. */
export function isUp({ state }: Child): boolean {
  return state !== 'stopped'
}

/** Mail for it waits: it is there or will be. */
export function isExpected({ state, round }: Child): boolean {
  return state !== 'stopped' || round !== undefined
}

export function withChild(supervision: Supervision, child: Child): Supervision {
  return { ...supervision, children: supervision.children.set(child.id, child) }
}

export function withoutChild(supervision: Supervision, id: string): Supervision {
  return { ...supervision, children: supervision.children.delete(id) }
}

/** It is known and not there; nothing of its last life is remembered. */
export function stopped(child: Child): Child {
  return { ...settled(child), state: 'stopped' }
}

/** Nobody waits for its start any more. */
export function settled(child: Child): Child {
  const { asked: _asked, call: _call, round: _round, ...rest } = child
  return rest
}

/** Whoever waits for a round of this child waits no longer: as in OTP the retry is over. */
export function released(supervision: Supervision, { id, round: own }: Child): Child[] {
  // Only one that pauses itself holds others up; to look for them takes a look at all.
  if (own !== id) return []
  return childrenOf(supervision)
    .filter(({ round }) => round === id)
    .map(stopped)
}

/** Stops for all children that are up, in reverse start order. */
export function stopAll(supervision: Supervision): ChildOrder[] {
  return childrenOf(supervision).filter(isUp).map(childStop).reverse()
}

/** `input`: what it begins with, if it is not what its parent keeps. */
export function childStart(child: Child, input: unknown = child.input): StartOrder {
  const { id, src, birth, incarnation, state } = child
  return { kind: 'start', id, src, birth, incarnation, input, ...(state !== 'running' && { awaited: true }) }
}

export type StartOrder = ChildOrder & { kind: 'start' }

export function childStop(child: Child): ChildOrder {
  return { kind: 'stop', id: child.id, incarnation: child.incarnation, shutdown: child.spec.shutdown }
}

export function childForget({ id, birth }: Child): ChildOrder {
  return { kind: 'forget', id, birth }
}
