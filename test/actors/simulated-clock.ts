import type { Clock } from '../../actors/index.ts'

/** Time that stands still until it is moved. */
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

  /** Lets time pass: whoever waits for a moment in between is called at that moment. */
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

  /** Somebody sets the clock: nobody is called, waiting goes on by its own measure. */
  jump(ms: number): void {
    this.#now += ms
    for (const entry of this.#waiting) entry.at += ms
  }
}
