// Messages
//
// Owns:   what an actor can be told, as plain JSON: every message is journaled and can be stepped again.
// Leaves: how a message travels (transport/envelope.ts), who steps it (kernel/step/advance.ts).

import type { SupervisorRequest } from './supervision/supervisor-request.ts'

/** The name of a mailbox: a path of tokens from the root, such as `system.supervisor.orchestrator:m1`. */
export type Address = string

/** An XState event: plain JSON with a type. */
export interface Event {
  readonly type: string
  readonly [field: string]: unknown
}

/** Why an actor ended: the closed set of exit reasons (OTP's `normal`, `shutdown` and the abnormal ones). */
export type ExitReason = 'normal' | 'shutdown' | 'crash' | 'timeout' | 'killed' | 'noconnection'

/** Who sent a mail and where it stands among all that this sender sent to this receiver, from 1. */
export interface Origin {
  readonly address: Address
  /** Tells one life of an address from the next: the idempotency key of the order that started it. */
  readonly birth: string
  readonly number: number
}

/** How an invocation came back. */
export type Outcome =
  | { readonly kind: 'done'; readonly output: unknown }
  | { readonly kind: 'failed'; readonly error: Failure }

/** An error as data: it survives JSON, and so the journal. */
export interface Failure {
  readonly message: string
  readonly code?: string
  readonly detail?: unknown
}

export type Message =
  | { readonly kind: 'started'; readonly input: unknown }
  | {
      readonly kind: 'mail'
      readonly id: string
      /** Null for mail from outside the system; it is then recognised by its stream sequence. */
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
      /** Of which life: a parent that began anew counts incarnations from 1 again. */
      readonly birth?: string
      readonly exit: Exit
      /** It never began: its start failed, or it had nothing to do. */
      readonly start?: true
    }
  /** A child whose start somebody waits for has begun. */
  | {
      readonly kind: 'begun'
      readonly child: string
      readonly incarnation: number
      readonly birth?: string
      readonly extra?: unknown
    }
  /** Somebody asks a supervisor for something about its children. */
  | { readonly kind: 'call'; readonly id: string; readonly request: SupervisorRequest }

/** How a child ended. */
export interface Exit {
  readonly reason: ExitReason
  /** It said at its start that there is nothing to do (OTP's `ignore`). */
  readonly ignored?: true
  readonly output?: unknown
  readonly error?: Failure
}
