// Clock
//
// Owns:   the clock as a port: actors read time and wait only through it, so that tests can control it.

/** The clock of a node. `systemClock` is the default; tests pass a `SimulatedClock`. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Calls back after so many milliseconds; the returned function cancels. */
  after(ms: number, callback: () => void): () => void
}

/** The clock of this process: `Date.now` and `setTimeout`. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}
