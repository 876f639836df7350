// Control
//
// Owns:   the port for requests from people and tools: a verb, a JSON payload, a typed reply or a typed error.
//         Plain `nats req canopy.<system>.control.<verb> '<json>'` works.
// Leaves: what the verbs do (actors/), how they are shown (cli/).

export type Reply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: { readonly code: string; readonly message: string } }

export type ControlHandler = (payload: unknown) => Promise<Reply>

export interface Control {
  /** Answers requests for these verbs until closed. */
  serve(handlers: Readonly<Record<string, ControlHandler>>): Promise<void>
  /** Asks a running system. Fails with code `no_responder` when nobody serves, `timeout` when nobody answers. */
  request(verb: string, payload: unknown, timeoutMs: number): Promise<Reply>
  /** Tells whoever listens (dashboard, `nats sub 'canopy.<system>.facts.>'`); at most once, never waits. */
  tell(subject: string, fact: unknown): void
}
