// Effects
//
// Owns:   what a machine can ask of the world, as data. Each is stored in the outbox in the commit that decided
//         it and carried out after that commit.
// Leaves: carrying them out (actors/effects/).

import type { Address, Event, Exit } from '../messages.ts'
import type { ChildSpec } from '../supervision/child-spec.ts'

export type Effect =
  | { readonly kind: 'mail'; readonly to: Address; readonly number: number; readonly event: Event }
  | { readonly kind: 'invocation'; readonly id: string; readonly src: string; readonly input: unknown }
  | { readonly kind: 'children'; readonly orders: readonly ChildOrder[] }
  | { readonly kind: 'exit'; readonly incarnation: number; readonly exit: Exit; readonly start?: true }

/** What a parent wants done about its children, in order. */
export type ChildOrder =
  | {
      readonly kind: 'start'
      readonly id: string
      readonly src: string
      /** If this birth left a snapshot, it goes on from that; otherwise it begins with the input. */
      readonly birth: string
      readonly incarnation: number
      readonly input: unknown
      /** Starts of one round: after one that fails the rest of them is left. */
      readonly round?: string
      /** The parent waits to hear that it has begun. */
      readonly awaited?: true
    }
  /** Stops this incarnation and those before it; a newer one is left alone. */
  | {
      readonly kind: 'stop'
      readonly id: string
      readonly incarnation: number
      readonly shutdown: ChildSpec['shutdown']
    }
  /** Removes what this life left in the store. */
  | { readonly kind: 'forget'; readonly id: string; readonly birth: string }

/** An effect that waits in the outbox under its idempotency key: `<address>/<birth>/<sequence>/<index>`. */
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
