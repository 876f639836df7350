// Control
//
// Owns:   the port for requests from people and tools: a verb, a JSON payload, a typed reply or a typed error. Plain
//         `nats req canopy.<system>.control.<sender>.<verb> '<json>'` works.
// Leaves: the verbs (actors/), showing replies (cli/).
//
// C1. Every request gets a reply, for every payload and also when its verb throws. An empty payload counts as `{}`.
//
// `request` resolves in every case; it never rejects.
//
// Every request is reported to `onAnswered` with its answer, also one that wanted none (`nats pub`).

import type { Address } from '../kernel/index.ts'

/** A verb's answer: a value, or an error with a code for programs and a sentence for people. */
export type ControlReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: { readonly code: string; readonly message: string } }

/**
 * The error codes of this port; verbs add others.
 * `unknown_verb`: it has no handler. `bad_request`: the payload is not JSON. `failed`: the handler threw.
 * `reply_too_large`. `no_responder`: no system of this name is running. `timeout`. `bad_reply`: the reply has another
 * shape. `closed`: the connection is closed. `not_allowed`: the server does not let this member send the request.
 */
export type ControlErrorCode =
  | 'unknown_verb'
  | 'bad_request'
  | 'failed'
  | 'reply_too_large'
  | 'no_responder'
  | 'timeout'
  | 'bad_reply'
  | 'closed'
  | 'not_allowed'

/**
 * Handles a verb. `address`: the part of the subject after the verb, if any; `sender`: the member that asks, as the
 * server's permissions guarantee.
 */
export type ControlHandler = (payload: unknown, address?: Address, sender?: string) => Promise<ControlReply>

/** Called with each request before its answer is sent; if it rejects, the answer is replaced by a failure. */
export type OnAnswered = (answered: ControlExchange) => unknown

/** One request with its answer, for an audit log. */
export interface ControlExchange {
  readonly verb: string
  readonly address?: Address
  /** The member whose credentials the asker used. */
  readonly sender: string
  /** The name that the asker gives itself (header `Canopy-By`), unchecked. */
  readonly by?: string
  /** The payload as it arrived. */
  readonly payload: string
  readonly reply: ControlReply
}

/** Requests to a running system and events from it. A failed request is a value, never a throw. */
export interface Control {
  /**
   * Answers requests for these verbs until closed; a further call adds verbs and replaces those of the same name. A
   * verb `send.*` takes an address: `nats req canopy.<system>.control.<sender>.send.<address> '<json>'`.
   */
  serve(handlers: Readonly<Record<string, ControlHandler>>, onAnswered?: OnAnswered): Promise<void>
  /**
   * Sends a request to a running system. Fails with code `no_responder` when no system runs, `timeout` when none
   * answers.
   */
  request(verb: string, payload: unknown, timeoutMs: number): Promise<ControlReply>
  /** Publishes to all listeners (dashboard, `nats sub 'canopy.<system>.facts.>'`); at most once, without waiting. */
  tell(subject: string, fact: unknown): void
  /**
   * Calls back with each event published under a subject from now on, and its sender, until the returned function is
   * called. Some events may be lost.
   */
  listen(subject: string, listener: (fact: unknown, sender: string) => void): Promise<() => void>
  /** Stops answering. */
  close(): Promise<void>
}

/** A typed error. */
export function failure(code: ControlErrorCode, message: string): ControlReply {
  return { ok: false, error: { code, message } }
}
