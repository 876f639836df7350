// Simulated clock
//
// Owns:   a clock for tests of a tree of actors: time passes only when the test advances it.

import type { Clock } from './clock.ts'

/**
 * A clock that moves only when a test advances it: pass it to `startNode` as `clock`. Times are milliseconds since the
 * Unix epoch; it starts at 1,000,000 by default.
 *
 * @example
 *   const clock = new SimulatedClock()
 *   const node = await startNode({ root, clock, ... })
 *   clock.advance(60_000)   // timers of the next minute fire now, in their order
 */
export class SimulatedClock implements Clock {
  #now: number
  #waiting: { at: number; callback: () => void }[] = []

  constructor(now = 1_000_000) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  after(ms: number, callback: () => void): () => void {
    const entry = { at: this.#now + ms, callback }
    this.#waiting.push(entry)
    return () => {
      this.#waiting = this.#waiting.filter((each) => each !== entry)
    }
  }

  /** Lets so many milliseconds pass. Callbacks that are due meanwhile are called in the order of their times. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const next = this.#waiting.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0]
      if (!next) break
      this.#waiting = this.#waiting.filter((each) => each !== next)
      this.#now = Math.max(this.#now, next.at)
      next.callback()
    }
    this.#now = end
  }

  /** Sets the clock forward or back by so many milliseconds: calls nothing, and waits take as long as before. */
  jump(ms: number): void {
    this.#now += ms
    for (const entry of this.#waiting) entry.at += ms
  }
}
