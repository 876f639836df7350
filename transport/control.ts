// Control
//
// Owns:   the port for requests from people and tools: a verb, a JSON payload, a typed reply or a typed error.
//         Plain `nats req canopy.<system>.control.<verb> '<json>'` works.
// Leaves: what the verbs do (actors/), how they are shown (cli/).
//
// C1. Every request gets a reply, whatever it says and whatever its verb does. An empty payload counts as `{}`.
// C2. The requester gets a value in every case, never a throw.

export type Reply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: { readonly code: string; readonly message: string } }

/**
 * The codes of errors that come from here; verbs add their own.
 * `unknown_verb`: nobody serves it. `bad_request`: the payload is no JSON. `failed`: the verb threw.
 * `reply_too_large`. `no_responder`: no system of this name is running. `timeout`. `bad_reply`: it was no reply.
 * `closed`: the connection is.
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

export type ControlHandler = (payload: unknown) => Promise<Reply>

export interface Control {
  /** Answers requests for these verbs until closed; called again, it adds verbs and replaces those of the same name. */
  serve(handlers: Readonly<Record<string, ControlHandler>>): Promise<void>
  /** Asks a running system. Fails with code `no_responder` when nobody serves, `timeout` when nobody answers. */
  request(verb: string, payload: unknown, timeoutMs: number): Promise<Reply>
  /** Tells whoever listens (dashboard, `nats sub 'canopy.<system>.facts.>'`); at most once, never waits. */
  tell(subject: string, fact: unknown): void
  /** Stops answering. */
  close(): Promise<void>
}

/** A typed error. */
export function failure(code: ControlErrorCode, message: string): Reply {
  return { ok: false, error: { code, message } }
}
