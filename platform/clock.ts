// Clock
//
// The clock of this process, and the two ways to wait by a clock (kernel/clock.ts is the port).

import type { Clock } from '../kernel/index.ts'

/** The clock of this process: `Date.now` and `setTimeout`. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

/** Resolves after `ms` milliseconds, or at once when `signal` is aborted. */
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

/**
 * What `work` comes to, or what `late` gives when `work` has not ended after `ms` milliseconds; 0: at once, Infinity:
 * never. `work` goes on; `late` ends it, if it can be ended. A later failure of `work` is ignored.
 */
export async function within<Result, Late>(
  clock: Clock,
  ms: number,
  work: Promise<Result>,
  late: () => Late,
): Promise<Result | Late> {
  if (ms === Number.POSITIVE_INFINITY) return work
  const { promise: over, resolve } = Promise.withResolvers<void>()
  if (ms <= 0) resolve()
  const cancel = ms <= 0 ? undefined : clock.after(ms, resolve)
  try {
    return await Promise.race([over.then(late), work])
  } finally {
    cancel?.()
  }
}
