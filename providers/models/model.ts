// Model
//
// Owns:   the port: one question to one model, one result.
// Leaves: when to ask and how often (governor), its cost (budget), the questions (agents).
//
// M1. Whatever the vendor does is a TryResult; only a bug throws.
// M2. A result comes within the deadline, and within the idle time after the last sign of life.
// M3. Nothing is tried twice here: retries are made in one place only, and that is not this one.

import type { ModelRequest, ModelResult, RateLimit } from '../../machines/index.ts'

export interface SendOptions {
  /** Aborted: the result is `aborted`, at once. */
  readonly signal: AbortSignal
  /** How long a streamed answer may be silent; pings are silence. */
  readonly idleMs: number
  /** How long the whole answer may take. */
  readonly deadlineMs: number
  /** Hears the answer's text while it comes; a failure may follow it. */
  readonly onText?: (text: string) => void
}

/** The result of one try, and what the vendor said of its limits; a vendor pauses nobody. */
export type TryResult = Exclude<ModelResult, { kind: 'paused' }> & { readonly limits: readonly RateLimit[] }

/** A language model that can be asked. */
export interface Model {
  readonly name: `${string}/${string}`
  send(request: ModelRequest, options: SendOptions): Promise<TryResult>
  /** Input tokens that the request would take; undefined: not to be had just now. */
  countTokens?(request: ModelRequest, options: { readonly signal: AbortSignal }): Promise<number | undefined>
}
