// Actor record
//
// Owns:   the whole state of an actor at a commit, as plain JSON and persistent maps. Parts that a step does not change
//         keep their reference, so the store writes only the changed parts.

import type { Address, Exit } from '../messages.ts'
import type { PersistentMap } from '../persistent-map/persistent-map.ts'
import type { Supervision } from '../supervision/supervision.ts'
import type { MailPosition } from './mail-position.ts'

/** An XState snapshot without the parts that the machine determines. */
export interface Snapshot {
  readonly status: 'active' | 'done' | 'error' | 'stopped'
  readonly value: unknown
  readonly context: Readonly<Record<string, unknown>>
  readonly historyValue?: unknown
  readonly output?: unknown
}

/** The durable state of an actor at a commit. */
export interface ActorRecord {
  readonly address: Address
  /** The name of its definition. */
  readonly kind: string
  readonly version: number
  readonly parent: Address | null
  /** Its id in its parent. */
  readonly id: string
  readonly birth: string
  /** The number of this start of the address, counted by its parent. */
  readonly incarnation: number
  /** Commits since this birth; the journal's entries are numbered from 1 to this. */
  readonly sequence: number
  readonly snapshot: Snapshot
  readonly supervision: Supervision
  /** Running invocations: id to idempotency key. */
  readonly invocations: Readonly<Record<string, string>>
  /** Set timers: id to deadline in milliseconds since the Unix epoch. */
  readonly alarms: Readonly<Record<string, number>>
  /** A sender and its birth (`<address> <birth>`) to the numbers taken from it. */
  readonly places: PersistentMap<MailPosition>
  /** Receiver to the last number sent there. */
  readonly sent: PersistentMap<number>
  /** The last stream sequences of mail from outside, newest last. */
  readonly outside: readonly number[]
  /** How it ended; absent while it is alive. */
  readonly exit?: Exit
  /** The message it crashed on, and how often, until it takes that message without a crash. */
  readonly poison?: { readonly id: string; readonly count: number; readonly event: string }
  /** How often it crashed since this birth. */
  readonly crashes?: number
}
