// Retry pause
//
// Computes how long to wait before a model is called again.
//
// W1. Full jitter: calls that failed together are not repeated together.
// W2. The vendor's `Retry-After` is the minimum; the jitter is added to it.

import { backoff } from '../../kernel/index.ts'
import type { Chance } from './chance.ts'

interface RetryPauseSettings {
  readonly firstBackoffMs: number
  readonly mostBackoffMs: number
}

/** Whole milliseconds before the attempt that follows `failed` failed ones. */
export function pauseBeforeRetry(
  { firstBackoffMs, mostBackoffMs }: RetryPauseSettings,
  failed: number,
  chance: Chance,
  retryAfterMs = 0,
): number {
  const rule = { firstMs: firstBackoffMs, maxMs: mostBackoffMs }
  return Math.ceil(retryAfterMs + backoff(failed, rule, { kind: 'full', random: chance() }))
}
