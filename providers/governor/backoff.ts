// Backoff
//
// Owns:   how long to wait before the next try.
//
// W1. Full jitter: anywhere between nothing and the ceiling, so that those who failed together do not come together.
// W2. What the vendor asked to wait is the least, and the jitter comes on top of it.

import type { Chance } from './clock.ts'

export interface BackoffSettings {
  readonly firstBackoffMs: number
  readonly mostBackoffMs: number
}

/** Milliseconds before the try that follows `failed` failed ones. */
export function backoff(
  { firstBackoffMs, mostBackoffMs }: BackoffSettings,
  failed: number,
  chance: Chance,
  retryAfterMs = 0,
): number {
  const ceiling = Math.min(mostBackoffMs, firstBackoffMs * 2 ** Math.min(failed - 1, 30))
  return Math.ceil(retryAfterMs + chance() * ceiling)
}
