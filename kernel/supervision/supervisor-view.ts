// Supervisor view
//
// Owns:   a read-only view of a supervisor's children.
// Source: Erlang/OTP `supervisor`: which_children, which_child, count_children, get_childspec. An address replaces
//         OTP's pid.

import type { Address } from '../messages.ts'
import type { ActorRecord } from '../step/actor-record.ts'
import type { ChildSpec, Strategy } from './child-spec.ts'
import { type Child, childrenOf } from './supervision.ts'

/** A child, as shown by its supervisor. */
export interface ChildView {
  /** Null under `simple_one_for_one`: its children are known by their addresses. */
  readonly id: string | null
  /** Its address; `restarting` while its restarts fail; null when it does not run. */
  readonly child: Address | 'restarting' | null
  readonly type: ChildSpec['type']
  readonly src: string
}

/** How many children a supervisor has: specs, running ones, and how many of all are supervisors or workers. */
export interface ChildCount {
  readonly specs: number
  readonly active: number
  readonly supervisors: number
  readonly workers: number
}

/** A child spec with all defaults filled in. */
export interface ChildSpecView extends ChildSpec {
  readonly id: string
  readonly src: string
}

/** A supervisor's record and the strategy it follows now. */
export interface SupervisorState {
  readonly record: Pick<ActorRecord, 'address' | 'supervision'>
  readonly strategy: Strategy
}

/** Newest first: in reverse start order. */
export function whichChildren(of: SupervisorState): readonly ChildView[] {
  return childrenOf(of.record.supervision)
    .map((child) => view(of, child))
    .reverse()
}

/** The child with this id, with `simple_one_for_one` with this address; undefined when there is none. */
export function whichChild(of: SupervisorState, name: string): ChildView | undefined {
  const child = find(of, name)
  return child && view(of, child)
}

/** Counts a supervisor's children. With `simple_one_for_one` there is one spec, however many children were made from it. */
export function countChildren({ record: { supervision }, strategy }: SupervisorState): ChildCount {
  const children = childrenOf(supervision)
  const supervisors = children.filter(({ spec }) => spec.type === 'supervisor').length
  return {
    specs: strategy.kind === 'simple_one_for_one' ? 1 : children.length,
    active: children.filter(({ state }) => state === 'running').length,
    supervisors,
    workers: children.length - supervisors,
  }
}

/** The spec of the child with this id, with all defaults; undefined when there is none. */
export function getChildSpec(of: SupervisorState, name: string): ChildSpecView | undefined {
  const { template } = of.record.supervision
  const child = find(of, name) ?? (template?.id === name ? template : undefined)
  return child && { id: template?.id ?? child.id, src: child.src, ...child.spec }
}

function find(
  { record: { address, supervision }, strategy }: SupervisorState,
  name: string,
): Child | undefined {
  const id = name.startsWith(`${address}.`) ? name.slice(address.length + 1) : undefined
  return supervision.children.get(strategy.kind === 'simple_one_for_one' ? (id ?? '') : name)
}

function view(
  { record: { address }, strategy }: SupervisorState,
  { id, state, spec, src }: Child,
): ChildView {
  const child = state === 'running' ? `${address}.${id}` : state === 'restarting' ? state : null
  return { id: strategy.kind === 'simple_one_for_one' ? null : id, child, type: spec.type, src }
}
