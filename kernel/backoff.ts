// Backoff
//
// Computes the pause before the next attempt: exponential, capped, with or without jitter. Every retry uses it.
//
// Source: "Exponential Backoff And Jitter", AWS Architecture Blog (2015), for the names of the jitters.

/** The lengths of pauses between attempts. */
export interface BackoffRule {
  /** The pause after the first failure, in milliseconds. */
  readonly firstMs: number
  /** No pause is longer, in milliseconds. */
  readonly maxMs: number
  /** Each pause is this many times as long as the one before; 2 when absent. */
  readonly factor?: number
}

/** The random part of a pause, so that callers that failed together do not retry together. */
export interface Jitter {
  /** Which part of the pause is random: its upper half, or all of it. */
  readonly kind: 'equal' | 'full'
  /** A number in [0, 1). */
  readonly random: number
}

/**
 * Milliseconds to wait after so many failures in a row (1 or more); not rounded.
 *
 * @example backoff(3, { firstMs: 100, maxMs: 10_000 }) // 400
 */
export function backoff(
  failures: number,
  { firstMs, maxMs, factor = 2 }: BackoffRule,
  jitter?: Jitter,
): number {
  const pause = Math.min(maxMs, firstMs * factor ** Math.max(0, failures - 1))
  if (jitter === undefined) return pause
  const random = jitter.random * pause
  return jitter.kind === 'full' ? random : (pause + random) / 2
}
