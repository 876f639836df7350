// Messages
//
// Owns:   the messages that an actor can receive, as plain JSON: every message is journaled and can be stepped again.
// Leaves: how a message travels (transport/envelope.ts), how an actor takes it (kernel/step/advance.ts).

import type { SupervisorRequest } from './supervision/supervisor-request.ts'

/** The name of a mailbox: a path of tokens from the root, such as `system.supervisor.orchestrator:m1`. */
export type Address = string

/** An XState event: plain JSON with a type. */
export interface Event {
  readonly type: string
  readonly [field: string]: unknown
}

/** The exit reasons: OTP's `normal` and `shutdown`, and the abnormal ones. */
export type ExitReason = 'normal' | 'shutdown' | 'crash' | 'timeout' | 'killed' | 'noconnection'

/** The sender of a mail, and the number of this mail among all from this sender to this receiver, from 1. */
export interface Origin {
  readonly address: Address
  /** Identifies the sender's birth: the idempotency key of the order that started it. */
  readonly birth: string
  readonly number: number
}

/** The result of an invocation. */
export type Outcome =
  | { readonly kind: 'done'; readonly output: unknown }
  | { readonly kind: 'failed'; readonly error: Failure }

/** An error as plain JSON, as the journal stores it. */
export interface Failure {
  readonly message: string
  readonly code?: string
  readonly detail?: unknown
}

/**
 * What the loop gives to an actor, one at a time. `started` is the first; `mail` comes from other actors and from outside; the others are
 * the results of what the actor asked for.
 */
export type Message =
  | { readonly kind: 'started'; readonly input: unknown }
  | {
      readonly kind: 'mail'
      readonly id: string
      /** Null for mail from outside the system; the stream sequence then recognises redeliveries. */
      readonly from: Origin | null
      readonly streamSequence: number
      readonly event: Event
    }
  | { readonly kind: 'outcome'; readonly key: string; readonly invocation: string; readonly outcome: Outcome }
  | { readonly kind: 'alarm'; readonly id: string; readonly deadline: number; readonly event: Event }
  | {
      readonly kind: 'refused'
      readonly key: string
      readonly to: Address
      readonly event: Event
      readonly reason: string
    }
  | {
      readonly kind: 'exited'
      readonly child: string
      readonly incarnation: number
      /** The child's birth: a parent that starts from its input counts incarnations from 1 again. */
      readonly birth: string
      readonly exit: Exit
      /** The child never began: its start failed, or it had nothing to do. */
      readonly start?: true
    }
  /** A child whose parent waits for its start has begun. */
  | {
      readonly kind: 'begun'
      readonly child: string
      readonly incarnation: number
      readonly birth: string
      readonly extra?: unknown
    }
  /** A request to a supervisor about its children. */
  | { readonly kind: 'call'; readonly id: string; readonly request: SupervisorRequest }

/** How an actor ended. */
export interface Exit {
  readonly reason: ExitReason
  /** The child had nothing to do at its start (OTP's `ignore`). */
  readonly ignored?: true
  readonly output?: unknown
  readonly error?: Failure
}
