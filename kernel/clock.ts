// Clock
//
// The clock as a port: actors and governors read time and wait only through it, so that tests can control it.

/** The clock of a node. `systemClock` is the default; tests pass a `SimulatedClock`. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Calls back after so many milliseconds; the returned function cancels. */
  after(ms: number, callback: () => void): () => void
}
