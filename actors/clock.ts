// Clock
//
// Owns:   the clock of this process (kernel/clock.ts is the port).

import type { Clock } from '../kernel/index.ts'

export type { Clock }

/** The clock of this process: `Date.now` and `setTimeout`. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}
