// Retrying
//
// Owns:   doing a thing again, with growing pauses spread by chance, until it works or nobody wants it any more.

import { setTimeout as pause } from 'node:timers/promises'

const SHORTEST_MS = 50
const LONGEST_MS = 2_000

/** The pause before an attempt, from 1. */
export function pauseBefore(attempt: number): number {
  const longest = Math.min(LONGEST_MS, SHORTEST_MS * 2 ** attempt)
  return longest / 2 + (Math.random() * longest) / 2
}

/** Undefined when it was no longer wanted. */
export async function retrying<T>(
  wanted: () => boolean,
  attempt: () => Promise<T>,
  onFailure: (error: Error) => void,
): Promise<T | undefined> {
  for (let failures = 1; wanted(); failures += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (!wanted()) return undefined
      onFailure(error as Error)
    }
    await pause(pauseBefore(failures))
  }
  return undefined
}
