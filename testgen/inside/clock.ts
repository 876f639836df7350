// Clock
//
// Owns:   the time that code under test sees: it stands still until there is nothing left to do but wait, then
//         jumps to the next timer. So a pause of an hour takes no time and always the same.
// Leaves: putting it in the place of the globals (stubs.ts).

export const startOfTime = Date.UTC(2024, 0, 15, 12, 0, 0)

interface Timer {
  readonly id: number
  at: number
  readonly every: number | undefined
  readonly run: () => void
}

const MAX_FIRINGS = 200

export class FakeClock {
  #now = startOfTime
  #timers: Timer[] = []
  #lastId = 0
  #fired = 0
  usedClock = false
  usedTimers = false

  reset(start = startOfTime): void {
    this.#now = start
    this.#timers = []
    this.#lastId = 0
    this.#fired = 0
    this.usedClock = false
    this.usedTimers = false
  }

  read(): number {
    this.usedClock = true
    return this.#now
  }

  get elapsed(): number {
    return this.#now - startOfTime
  }

  set(run: () => void, delay: number, repeats: boolean): number {
    this.usedTimers = true
    const wait = Math.max(1, Math.floor(Number(delay) || 0))
    this.#lastId += 1
    this.#timers.push({ id: this.#lastId, at: this.#now + wait, every: repeats ? wait : undefined, run })
    return this.#lastId
  }

  clear(id: number): void {
    this.#timers = this.#timers.filter((timer) => timer.id !== id)
  }

  /** Lets so much time pass, and fires the timers that are due. */
  pass(time: number): void {
    const end = this.#now + time
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next())
      if (!this.advance()) break
    this.#now = Math.max(this.#now, end)
  }

  #next(): Timer | undefined {
    return this.#timers.reduce<Timer | undefined>(
      (first, one) => (first === undefined || one.at < first.at ? one : first),
      undefined,
    )
  }

  /** Fires the next timer; false when there is none, or when there have been too many. */
  advance(): boolean {
    const next = this.#next()
    if (next === undefined || this.#fired >= MAX_FIRINGS) return false
    this.#fired += 1
    this.#now = Math.max(this.#now, next.at)
    if (next.every === undefined) this.clear(next.id)
    else next.at += next.every
    next.run()
    return true
  }
}
