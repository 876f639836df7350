// Actor record
//
// Owns:   everything that is known of an actor at a commit, as plain JSON and persistent maps. What did not
//         change in a step keeps its reference, so that the store writes only what differs.

import type { Address, Exit } from '../messages.ts'
import type { PersistentMap } from '../persistent-map/persistent-map.ts'
import type { Supervision } from '../supervision/supervision.ts'
import type { Place } from './place.ts'

/** An XState snapshot without what can be derived from the machine. */
export interface Snapshot {
  readonly status: 'active' | 'done' | 'error' | 'stopped'
  readonly value: unknown
  readonly context: Readonly<Record<string, unknown>>
  readonly historyValue?: unknown
  readonly output?: unknown
}

export interface ActorRecord {
  readonly address: Address
  /** The name of its definition. */
  readonly kind: string
  readonly version: number
  readonly parent: Address | null
  /** Its id in its parent. */
  readonly id: string
  readonly birth: string
  /** Which start of this address this is, counted by its parent. */
  readonly incarnation: number
  /** Commits so far in this birth; the journal's entries are numbered 1 to this. */
  readonly sequence: number
  readonly snapshot: Snapshot
  readonly supervision: Supervision
  /** Invocations under way: id to the idempotency key. */
  readonly invocations: Readonly<Record<string, string>>
  /** Timers set: id to when they are due (milliseconds since the Unix epoch). */
  readonly alarms: Readonly<Record<string, number>>
  /** A sender's life (`<address> <birth>`) to its place. */
  readonly places: PersistentMap<Place>
  /** Receiver to the last number sent there. */
  readonly sent: PersistentMap<number>
  /** The last stream sequences taken of mail from outside, newest last. */
  readonly outside: readonly number[]
  /** How it ended; absent while it lives. */
  readonly exit?: Exit
  /** The message it crashed on and how often, until it gets past it. */
  readonly poison?: { readonly id: string; readonly count: number; readonly event: string }
  /** How often it crashed in this birth. */
  readonly crashes?: number
}
