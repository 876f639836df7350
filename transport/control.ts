// Control
//
// Owns:   the port for requests from people and tools: a verb, a JSON payload, a typed reply or a typed error.
//         Plain `nats req canopy.<system>.control.<sender>.<verb> '<json>'` works.
// Leaves: what the verbs do (actors/), how they are shown (cli/).
//
// C1. Every request gets a reply, whatever it says and whatever its verb does. An empty payload counts as `{}`.
// C2. The requester gets a value in every case, never a throw.
// C3. Every request is told to `onAnswered` with its answer, also one that wanted none (`nats pub`).

import type { Address } from '../kernel/index.ts'

/** A verb's answer: a value, or an error with a code for programs and a sentence for people. */
export type Reply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: { readonly code: string; readonly message: string } }

/**
 * The codes of errors that come from here; verbs add their own.
 * `unknown_verb`: nobody serves it. `bad_request`: the payload is no JSON. `failed`: the verb threw.
 * `reply_too_large`. `no_responder`: no system of this name is running. `timeout`. `bad_reply`: it was no reply.
 * `closed`: the connection is. `not_allowed`: the server does not let this member ask that.
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
 * What a verb does; `address` is what the subject says after the verb, if anything; `sender` is the member that asks, as
 * the server lets it say.
 */
export type ControlHandler = (payload: unknown, address?: Address, sender?: string) => Promise<Reply>

/** Told of each request before its answer goes out; what rejects takes the answer's place as a failure. */
export type OnAnswered = (answered: Answered) => unknown

/** One request with its answer, for an audit. */
export interface Answered {
  readonly verb: string
  readonly address?: Address
  /** The member that asked: whose credential it was. */
  readonly sender: string
  /** Who asked, as the asker says it (header `Canopy-By`); nobody checks that. */
  readonly by?: string
  /** The payload as it came. */
  readonly payload: string
  readonly reply: Reply
}

/** Requests to a running system and facts from it. A failed request is a value, never a throw. */
export interface Control {
  /**
   * Answers requests for these verbs until closed; called again, it adds verbs and replaces those of the same name.
   * A verb `send.*` takes an address: `nats req canopy.<system>.control.<sender>.send.<address> '<json>'`.
   */
  serve(handlers: Readonly<Record<string, ControlHandler>>, onAnswered?: OnAnswered): Promise<void>
  /** Asks a running system. Fails with code `no_responder` when nobody serves, `timeout` when nobody answers. */
  request(verb: string, payload: unknown, timeoutMs: number): Promise<Reply>
  /** Tells whoever listens (dashboard, `nats sub 'canopy.<system>.facts.>'`); at most once, never waits. */
  tell(subject: string, fact: unknown): void
  /**
   * Hears what is told under a subject from now on, and by which member, until the returned function is called; some of
   * it may be lost.
   */
  listen(subject: string, listener: (fact: unknown, sender: string) => void): Promise<() => void>
  /** Stops answering. */
  close(): Promise<void>
}

/** A typed error. */
export function failure(code: ControlErrorCode, message: string): Reply {
  return { ok: false, error: { code, message } }
}
