// Clock
//
// Owns:   time and chance as parameters: governors read and wait through this port alone, so that tests can move it.

export interface GovernorClock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Calls back after so many milliseconds; the returned function cancels. */
  after(ms: number, callback: () => void): () => void
}

/** A number in [0, 1). */
export type Chance = () => number

/** Resolves after so many milliseconds, or at once when `signal` is aborted. */
export function sleep(clock: GovernorClock, ms: number, signal: AbortSignal): Promise<void> {
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
