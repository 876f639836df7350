// Supervision
//
// Owns:   a parent's state of its children, as part of its committed record, with functions to read and change it.
// Leaves: decisions when a child ends (restart.ts) and when a call arrives (supervisor-calls.ts).
//
// The children are a map that shares unchanged parts: a change costs the same with one child or many.

import { PersistentMap } from '../persistent-map/persistent-map.ts'
import type { ChildOrder } from '../step/effects.ts'
import type { ChildSpec, Strategy } from './child-spec.ts'
import type { ChildTemplate } from './supervisor-given.ts'

/** A parent's children and its recent restarts, as a part of its record. */
export interface Supervision {
  readonly children: PersistentMap<Child>
  /** Times of the restarts inside the period, in milliseconds since the Unix epoch, newest first. */
  readonly restarts: readonly number[]
  /** The position of the next child in the start order. */
  readonly next: number
  /** The flags of a supervisor without a machine; otherwise the definition has them. */
  readonly strategy?: Strategy
  /** For `simple_one_for_one`: the template of each child. */
  readonly template?: ChildTemplate
}

/** A child, as its parent records it. */
export interface Child {
  readonly id: string
  readonly src: string
  readonly spec: ChildSpec
  /** The key of its last start from input; a restart from the snapshot keeps it. */
  readonly birth: string
  /** Grows with each start, also across births. */
  readonly incarnation: number
  /** The input of a new birth. A temporary child has none: it is never restarted. */
  readonly input: unknown
  /** Its position in the start order. */
  readonly order: number
  /**
   * `starting`: ordered, and its start is awaited. `restarting`: its last restart failed, or it waits for its next.
   * `stopped`: known, not running (OTP's `undefined`); with a `round` it starts with that round.
   */
  readonly state: 'running' | 'starting' | 'restarting' | 'stopped'
  /**
   * Set until the requested start has succeeded; if it fails, it is not tried again. `startup`: with its supervisor,
   * `start`: as a new child, `restart`: by hand.
   */
  readonly asked?: 'startup' | 'start' | 'restart'
  /** The call to answer when it has begun. */
  readonly call?: string
  /** The child whose pause must end before this child is started. */
  readonly round?: string
  /** With a backoff: failures in a row, and when it was last started. */
  readonly failures?: number
  readonly since?: number
}

/** The supervision of an actor that has started no child. */
export const noChildren: Supervision = { children: PersistentMap.empty(), restarts: [], next: 0 }

/** The flags that a parent follows now: from its record, or from its definition. */
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

/** It runs, or will as soon as its order is carried out. */
export function isUp({ state }: Child): boolean {
  return state !== 'stopped'
}

/** Its mail waits: it runs or will run. */
export function isExpected({ state, round }: Child): boolean {
  return state !== 'stopped' || round !== undefined
}

export function withChild(supervision: Supervision, child: Child): Supervision {
  return { ...supervision, children: supervision.children.set(child.id, child) }
}

export function withoutChild(supervision: Supervision, id: string): Supervision {
  return { ...supervision, children: supervision.children.delete(id) }
}

/** The child as stopped, without anything of its last start. */
export function stopped(child: Child): Child {
  return { ...settled(child), state: 'stopped' }
}

/** The child without an awaited start. */
export function settled(child: Child): Child {
  const { asked: _asked, call: _call, round: _round, ...rest } = child
  return rest
}

/** The children whose wait for the pause of this child is over: as in OTP its retry is cancelled. */
export function released(supervision: Supervision, { id, round: own }: Child): Child[] {
  // Only a child that pauses itself holds others up, and finding them reads all children.
  if (own !== id) return []
  return childrenOf(supervision)
    .filter(({ round }) => round === id)
    .map(stopped)
}

/** Stops for all children that are up, in reverse start order. */
export function stopAll(supervision: Supervision): ChildOrder[] {
  return childrenOf(supervision).filter(isUp).map(childStop).reverse()
}

/** `input` replaces the input that the parent stores. */
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
