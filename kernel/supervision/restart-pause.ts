// Restart pause
//
// Computes how long a supervisor waits before it restarts a child that keeps failing.
//
// The jitter is computed from a name, not drawn at random: replaying the journal gives the same pause.

import { backoff } from '../backoff.ts'
import type { Backoff } from './child-spec.ts'

/** Whole milliseconds, by the child's backoff; `name` determines the jitter. */
export function restartPause(rule: Backoff, failures: number, name: string): number {
  return Math.round(backoff(failures, rule, { kind: 'equal', random: hash(name) }))
}

/** FNV-1a as a number in [0, 1). */
function hash(name: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
  return (hash >>> 0) / 2 ** 32
}
