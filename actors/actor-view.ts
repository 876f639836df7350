// Actor view
//
// Owns:   the public view of an actor: its place in the tree, its state, the number of its restarts.

import { type Address, childrenOf } from '../kernel/index.ts'
import type { Actor } from './actor.ts'

/** One actor, as shown to people and tools. */
export interface ActorView {
  readonly address: Address
  readonly kind: string
  readonly parent: Address | null
  /** The state value of its machine. */
  readonly state: unknown
  readonly status: 'running' | 'waiting' | 'ended' | 'asleep'
  readonly incarnation: number
  readonly sequence: number
  readonly waiting: number
  readonly restarts: number
}

export function viewOf({ record, mailbox }: Actor): ActorView {
  const { address, kind, parent, snapshot, incarnation, sequence, exit } = record
  const waiting = mailbox.size
  const status = exit ? 'ended' : waiting > 0 ? 'waiting' : 'running'
  const state = snapshot.value
  return { address, kind, parent, state, status, incarnation, sequence, waiting, restarts: incarnation - 1 }
}

/** Passivated children: only their parent's record of them is in memory. */
export function sleepersBelow(
  { address: parent, record }: Actor,
  isAsleep: (address: Address, kind: string) => boolean,
): ActorView[] {
  return childrenOf(record.supervision).flatMap(({ id, src: kind, state, incarnation, round }) => {
    const address = `${parent}.${id}`
    if (state !== 'running' || round !== undefined || !isAsleep(address, kind)) return []
    const known = { address, kind, parent, incarnation, restarts: incarnation - 1 }
    return [{ ...known, state: null, status: 'asleep', sequence: 0, waiting: 0 }]
  })
}
