// Passivation
//
// Owns:   which actors have been idle for how long, so that the idle leave memory; what they are is in the store.
// Leaves: whether one may go now (node.ts), bringing it back (supervisor.ts).
//
// S1. A step costs the same with ten actors or a million: those of one idle time wait in the order of their last step.

import type { Address } from '../kernel/index.ts'
import type { Clock } from './clock.ts'

interface Queue {
  /** Addresses by their last step, the longest idle first. */
  readonly since: Map<Address, number>
  cancel: (() => void) | undefined
}

export class Passivation {
  readonly #clock: Clock
  /** Puts it to sleep, if nothing stands against it. */
  readonly #sleep: (address: Address) => boolean
  readonly #queues = new Map<number, Queue>()

  constructor(clock: Clock, sleep: (address: Address) => boolean) {
    this.#clock = clock
    this.#sleep = sleep
  }

  /** It did something: its idle time of `afterMs` begins now. */
  touch(address: Address, afterMs: number): void {
    const queue = this.#queues.get(afterMs) ?? { since: new Map(), cancel: undefined }
    this.#queues.set(afterMs, queue)
    queue.since.delete(address)
    queue.since.set(address, this.#clock.now())
    if (!queue.cancel) this.#wait(afterMs, queue)
  }

  forget(address: Address, afterMs: number): void {
    this.#queues.get(afterMs)?.since.delete(address)
  }

  stop(): void {
    for (const queue of this.#queues.values()) queue.cancel?.()
    this.#queues.clear()
  }

  #wait(afterMs: number, queue: Queue): void {
    queue.cancel = undefined
    const [first] = queue.since.values()
    if (first === undefined) return
    const wait = Math.max(1, first + afterMs - this.#clock.now())
    queue.cancel = this.#clock.after(wait, () => this.#look(afterMs, queue))
  }

  #look(afterMs: number, queue: Queue): void {
    const now = this.#clock.now()
    const due: Address[] = []
    for (const [address, since] of queue.since) {
      if (since + afterMs > now) break
      due.push(address)
    }
    for (const address of due) {
      queue.since.delete(address)
      // Whoever cannot go now waits once more.
      if (!this.#sleep(address)) queue.since.set(address, now)
    }
    this.#wait(afterMs, queue)
  }
}
