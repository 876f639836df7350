// Clock
//
// Owns:   time as a parameter: the actors read and wait through this port alone, so that tests can move it.

export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Calls back after so many milliseconds; the returned function cancels. */
  after(ms: number, callback: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}
