// Implementations
//
// Owns:   the type of the implementations of a machine's invocations, passed by name where the node is made.

import type { Address } from '../kernel/index.ts'

/** One run of an implementation: its input, and a stable key for repeated runs. */
export interface ImplementationCall {
  readonly input: unknown
  /** Stable over retries and restarts: a paid service can recognise a repeated request by it. */
  readonly key: string
  /** From 1, within this process. */
  readonly attempt: number
  readonly address: Address
  /** Aborted when the actor stops, crashes or leaves the state that invoked. */
  readonly signal: AbortSignal
}

/**
 * Does the work and returns JSON. A throw is the machine's `onError`; a throw with `retryable: true` is first tried
 * again with backoff.
 */
export type Implementation = (call: ImplementationCall) => Promise<unknown>

/** Implementations by the names of the sources that the charts invoke. */
export type Implementations = Readonly<Record<string, Implementation>>

/** A failure of the surroundings, such as the network: the work is tried again. */
export class RetryableError extends Error {
  readonly retryable = true
}
