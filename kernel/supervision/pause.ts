// Pause
//
// Owns:   how long a parent waits before it starts a child again that keeps failing.
//
// P1. The jitter comes from a name and not from chance: folding the journal gives the same pause again.

import type { Backoff } from './child-spec.ts'

/** Milliseconds: doubled with each failure in a row up to the most, its upper half spread by `name`. */
export function pause({ firstMs, maxMs }: Backoff, failures: number, name: string): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(30, failures - 1))
  return Math.round(ceiling / 2 + (spread(name) * ceiling) / 2)
}

/** FNV-1a as a number in [0, 1). */
function spread(name: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
  return (hash >>> 0) / 2 ** 32
}
