// Clock
//
// Owns:   time and chance as parameters: governors read and wait through this port alone, so that tests can move it.

import type { Clock } from '../../kernel/index.ts'

/** A number in [0, 1). */
export type Chance = () => number

/** Resolves after so many milliseconds, or at once when `signal` is aborted. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted || ms <= 0) return Promise.resolve()
  const { promise, resolve } = Promise.withResolvers<void>()
  const cancel = clock.after(ms, resolve)
  const aborted = (): void => {
    cancel()
    resolve()
  }
  signal.addEventListener('abort', aborted, { once: true })
  return promise.finally(() => signal.removeEventListener('abort', aborted))
}
