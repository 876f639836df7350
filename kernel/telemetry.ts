// Telemetry
//
// Owns:   the closed union of telemetry events that the library reports (to progress, logs) after the commit that made
//         them true.
// Leaves: the readers. A reader that throws or is slow never delays an actor.

import type { Address, Event, Exit, Failure } from './messages.ts'

/** An event that a node reports to its readers, after the commit that made it true. */
export type Fact =
  | { readonly type: 'node.started'; readonly actors: number }
  | { readonly type: 'node.stopped' }
  | { readonly type: 'node.failed'; readonly error: Failure }
  | {
      readonly type: 'actor.started'
      readonly address: Address
      readonly kind: string
      readonly epoch: number
    }
  /** The actor goes on from the state that an earlier process stored. */
  | {
      readonly type: 'actor.resumed'
      readonly address: Address
      readonly kind: string
      readonly epoch: number
      readonly value: unknown
    }
  | {
      readonly type: 'actor.stepped'
      readonly address: Address
      readonly event: string
      readonly value: unknown
      readonly sequence: number
    }
  | {
      readonly type: 'actor.crashed'
      readonly address: Address
      readonly error: Failure
      readonly event: string
    }
  | {
      readonly type: 'actor.restarted'
      readonly address: Address
      readonly epoch: number
      readonly reason: string
    }
  | { readonly type: 'actor.ended'; readonly address: Address; readonly exit: Exit }
  /** The actor left memory; the next message brings it back. */
  | { readonly type: 'actor.passivated'; readonly address: Address }
  /** Stopped by order, with all actors below it. `killed`: it did not end in time. */
  | { readonly type: 'actor.stopped'; readonly address: Address; readonly reason: 'shutdown' | 'killed' }
  /** A child failed, or a permanent child ended. `restarts`: those inside the period, this one included. */
  | {
      readonly type: 'child.failed'
      readonly address: Address
      readonly child: string
      readonly phase: 'start' | 'run'
      readonly exit: Exit
      readonly next: 'restart' | 'give_up' | 'none'
      readonly restarts: number
      readonly pauseMs?: number
    }
  | {
      readonly type: 'actor.gave_up'
      readonly address: Address
      readonly child: string
      readonly restarts: number
    }
  | {
      readonly type: 'effect.started'
      readonly address: Address
      readonly src: string
      readonly key: string
      readonly attempt: number
    }
  | {
      readonly type: 'effect.finished'
      readonly address: Address
      readonly src: string
      readonly key: string
      readonly ok: boolean
      readonly ms: number
      readonly error?: Failure
    }
  /** A mailbox took no mail of this node's actors, which is sent again until it has room. */
  | { readonly type: 'mailbox.full' | 'mailbox.has_room'; readonly address: Address }
  /** Mail was given up; its sender gets the event `canopy.refused`. */
  | {
      readonly type: 'mail.refused'
      readonly address: Address
      readonly to: Address
      readonly event: string
      readonly reason: string
    }
  | {
      readonly type: 'letter.dead'
      readonly to: Address
      /** The sender, if known. */
      readonly from?: Address
      readonly reason: string
      readonly event: string
      readonly error?: Failure
    }
  /** A control request and its answer. */
  | {
      readonly type: 'control.answered'
      readonly verb: string
      /** Whether the request may change something. */
      readonly changes: boolean
      /** The name in the credential of the asker. */
      readonly sender: string
      /** The name that the asker gives itself, unchecked; null when it gives none. */
      readonly by: string | null
      /** The payload, shortened when it is long. */
      readonly request: string
      readonly to?: Address
      readonly event?: string
      readonly ok: boolean
      /** The error code. */
      readonly code?: string
      readonly reason?: string
    }
  /** An event that a machine emitted with `emit`. */
  | { readonly type: 'emitted'; readonly address: Address; readonly event: Event }

/** Receives telemetry events. An error that it throws is ignored, and no actor waits for it. */
export type Telemetry = (fact: Fact) => void
