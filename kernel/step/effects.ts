// Effects
//
// Owns:   the effects that a machine can request, as data. Each is stored in the outbox by the commit that decided it
//         and carried out after that commit.
// Leaves: carrying them out (actors/effects/).

import type { Address, Event, Exit } from '../messages.ts'
import type { ChildSpec } from '../supervision/child-spec.ts'

/** A request of a step to the world, as data: mail, an invocation, orders about children, the report of its own exit. */
export type Effect =
  | { readonly kind: 'mail'; readonly to: Address; readonly number: number; readonly event: Event }
  | { readonly kind: 'invocation'; readonly id: string; readonly src: string; readonly input: unknown }
  | { readonly kind: 'children'; readonly orders: readonly ChildOrder[] }
  | { readonly kind: 'exit'; readonly incarnation: number; readonly exit: Exit; readonly start?: true }

/** Orders of a parent about its children, carried out in order. */
export type ChildOrder =
  | {
      readonly kind: 'start'
      readonly id: string
      readonly src: string
      /** If a snapshot with this birth is stored, the child goes on from it; otherwise it begins with the input. */
      readonly birth: string
      readonly incarnation: number
      readonly input: unknown
      /** Starts of one round: after a failed start the remaining starts of the round are skipped. */
      readonly round?: string
      /** The parent waits for the report that the child has begun. */
      readonly awaited?: true
    }
  /** Stops this incarnation and older ones, but not a newer one. */
  | {
      readonly kind: 'stop'
      readonly id: string
      readonly incarnation: number
      readonly shutdown: ChildSpec['shutdown']
    }
  /** Deletes the stored state of this birth. */
  | { readonly kind: 'forget'; readonly id: string; readonly birth: string }

/** An effect in the outbox, under its idempotency key: `<address>/<birth>/<sequence>/<index>`. */
export interface OutboxEntry {
  readonly key: string
  readonly effect: Effect
}

/** A stored timer. */
export interface Alarm {
  readonly id: string
  readonly event: Event
  /** Milliseconds since the Unix epoch. */
  readonly deadline: number
  readonly delay: number
  readonly policy: 'deadline' | 'remaining' | 'restart'
}
