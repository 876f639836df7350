// Passivation
//
// Owns:   the idle times of actors, after which they leave memory; their state is in the store.
// Leaves: deciding whether an actor may leave (node.ts), resuming it (supervisor.ts).
//
// A step costs the same with ten actors or a million: actors of one idle time are kept in the order of their last step.

import type { Address } from '../kernel/index.ts'
import type { Clock } from './clock.ts'

interface IdleQueue {
  /** Addresses and the time of their last step, the longest idle first. */
  readonly since: Map<Address, number>
  cancel: (() => void) | undefined
}

export class Passivation {
  readonly #clock: Clock
  /** Passivates the actor; returns false when it must stay. */
  readonly #sleep: (address: Address) => boolean
  readonly #queues = new Map<number, IdleQueue>()

  constructor(clock: Clock, sleep: (address: Address) => boolean) {
    this.#clock = clock
    this.#sleep = sleep
  }

  /** Starts the idle time of an actor again. */
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

  #wait(afterMs: number, queue: IdleQueue): void {
    queue.cancel = undefined
    const [first] = queue.since.values()
    if (first === undefined) return
    const wait = Math.max(1, first + afterMs - this.#clock.now())
    queue.cancel = this.#clock.after(wait, () => this.#look(afterMs, queue))
  }

  #look(afterMs: number, queue: IdleQueue): void {
    const now = this.#clock.now()
    const due: Address[] = []
    for (const [address, since] of queue.since) {
      if (since + afterMs > now) break
      due.push(address)
    }
    for (const address of due) {
      queue.since.delete(address)
      // An actor that must stay waits for its idle time once more.
      if (!this.#sleep(address)) queue.since.set(address, now)
    }
    this.#wait(afterMs, queue)
  }
}
