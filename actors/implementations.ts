// Implementations
//
// Owns:   the shape of what a machine's invocations do in the world, given by name where the node is made.

import type { Address } from '../kernel/index.ts'

/** One run of an implementation: its input and what it needs to be run again safely. */
export interface Call {
  readonly input: unknown
  /** Stable over retries and restarts: whoever is paid can tell by it that it was asked before. */
  readonly key: string
  /** From 1, within this process. */
  readonly attempt: number
  readonly address: Address
  /** Aborted when the actor stops, crashes or leaves the state that invoked. */
  readonly signal: AbortSignal
}

/**
 * Does the work and returns JSON. A throw is the machine's `onError`; a throw with `retryable: true` is tried
 * again with backoff first.
 */
export type Implementation = (call: Call) => Promise<unknown>

/** Implementations by the names of the sources that the charts invoke. */
export type Implementations = Readonly<Record<string, Implementation>>

/** The world was in the way, not the work: worth another try. */
export class RetryableError extends Error {
  readonly retryable = true
}
