// Retrying
//
// Repeats an operation with growing pauses until it succeeds or is no longer wanted.

import { setTimeout as pause } from 'node:timers/promises'
import { backoff } from '../../kernel/index.ts'

const RETRY = { firstMs: 100, maxMs: 2_000 }

/** Milliseconds after so many failures in a row (1 or more). */
export function pauseAfter(failures: number): number {
  return backoff(failures, RETRY, { kind: 'equal', random: Math.random() })
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
    await pause(pauseAfter(failures))
  }
  return undefined
}
