// Start decision
//
// Owns:   how a child is started: from its input, from its stored record, or not at all.
// Leaves: carrying it out (node.ts), the order in which children start (supervisor.ts).

import {
  type ActorDefinition,
  type ActorRecord,
  type Address,
  type ChildOrder,
  newRecord,
} from '../kernel/index.ts'
import type { StoredActor } from '../persistence/index.ts'

/** An order to start a child. `resumed`: it is resumed with its parent; `stored` is its record. */
export type ChildStart = ChildOrder & {
  kind: 'start'
  resumed?: { readonly stored: StoredActor | undefined }
}

export type StartDecision =
  /** Starts an actor; `stored` is its record from before, if it goes on from that. */
  | {
      readonly kind: 'launch'
      readonly definition: ActorDefinition
      readonly record: ActorRecord
      readonly input: unknown
      readonly stored?: StoredActor
    }
  /** It stays passivated until mail or an alarm arrives. */
  | { readonly kind: 'asleep'; readonly stored: StoredActor }
  /** It ended by itself in this incarnation, and its parent is still to be told. */
  | { readonly kind: 'ended'; readonly stored: StoredActor }

/** `stored`: the record at the address; one of another birth is ignored. */
export function decideStart(
  parent: Address,
  order: ChildStart,
  definition: ActorDefinition,
  stored: StoredActor | undefined,
): StartDecision {
  const { id, src, birth, incarnation, input } = order
  if (stored?.record.birth !== birth) {
    const { version } = definition
    const address = `${parent}.${id}`
    const record = newRecord({ address, kind: src, version, parent, id, birth, incarnation })
    return { kind: 'launch', definition, record, input }
  }
  if (order.resumed && sleepsOn(definition, stored)) return { kind: 'asleep', stored }
  const { exit, ...record } = stored.record
  if (exit && record.incarnation >= incarnation) return { kind: 'ended', stored }
  return { kind: 'launch', definition, record: { ...record, incarnation }, input, stored }
}

/** Whether the actor may stay passivated; one with children is resumed, because its children may have work. */
function sleepsOn(definition: ActorDefinition, { record, outbox }: StoredActor): boolean {
  const idle = outbox.length === 0 && Object.keys(record.invocations).length === 0 && !record.exit
  return definition.passivateAfterMs !== undefined && idle && record.supervision.children.size === 0
}
