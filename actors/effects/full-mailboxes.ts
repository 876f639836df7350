// Full mailboxes
//
// Owns:   the receivers whose mailbox is full, the senders that wait for each, and the time of the next attempt.
// Leaves: the mail itself (post.ts).
//
// A full mailbox is tried with one mail at a time, after pauses that grow with the refusals in a row. One timer serves
// all full mailboxes.

import { type Address, backoff, type Fact } from '../../kernel/index.ts'
import type { Clock } from '../clock.ts'

/** A queue of mail for one receiver. */
export interface WaitingQueue {
  readonly to: Address
}

export interface FullMailboxOptions<Queue extends WaitingQueue> {
  readonly clock: Clock
  /** A number in [0, 1). */
  random(): number
  tell(fact: Fact): void
  /** Sends the first mail of this queue. */
  retry(queue: Queue): void
}

interface FullMailbox<Queue> {
  readonly waiting: Set<Queue>
  /** Refusals in a row. */
  failures: number
  /** Milliseconds until the next attempt; undefined while an attempt is under way. */
  pauseMs: number | undefined
}

const PAUSES = { firstMs: 100, maxMs: 10_000 }
const TICK_MS = 50

export class FullMailboxes<Queue extends WaitingQueue> {
  readonly #options: FullMailboxOptions<Queue>
  readonly #full = new Map<Address, FullMailbox<Queue>>()
  #cancelTick: (() => void) | undefined
  /** Milliseconds in which any mailbox was full. Ticks count them, so that setting the wall clock changes no pause. */
  elapsedMs = 0

  constructor(options: FullMailboxOptions<Queue>) {
    this.#options = options
  }

  has(to: Address): boolean {
    return this.#full.has(to)
  }

  /** The queues that wait for this mailbox. */
  waiting(to: Address): Iterable<Queue> {
    return this.#full.get(to)?.waiting ?? []
  }

  /** The mailbox refused the first mail of this queue. */
  refused(queue: Queue): void {
    const { random, tell } = this.#options
    const { to } = queue
    const full = this.#full.get(to) ?? { waiting: new Set(), failures: 0, pauseMs: undefined }
    if (!this.#full.has(to)) tell({ type: 'mailbox.full', address: to })
    this.#full.set(to, full)
    full.waiting.add(queue)
    if (full.pauseMs !== undefined) return
    full.failures += 1
    full.pauseMs = backoff(full.failures, PAUSES, { kind: 'equal', random: random() })
    this.#cancelTick ??= this.#nextTick()
  }

  /** Makes a queue wait until it is its turn. */
  wait(queue: Queue): void {
    this.#full.get(queue.to)?.waiting.add(queue)
  }

  /** Removes a queue without mail. */
  drop(queue: Queue): void {
    this.#full.get(queue.to)?.waiting.delete(queue)
  }

  /** The mailbox took the last attempt: tries the next queue. */
  accepted(to: Address): void {
    const full = this.#full.get(to)
    if (!full) return
    full.failures = 0
    if (!this.#retryNext(to, full)) this.#options.tell({ type: 'mailbox.has_room', address: to })
  }

  /** The last attempt ended otherwise: tries the next queue. */
  goOn(to: Address): void {
    const full = this.#full.get(to)
    if (full) this.#retryNext(to, full)
  }

  stop(): void {
    this.#cancelTick?.()
    this.#full.clear()
  }

  #nextTick(): () => void {
    return this.#options.clock.after(TICK_MS, () => this.#tick())
  }

  #tick(): void {
    this.elapsedMs += TICK_MS
    for (const [to, full] of [...this.#full]) {
      if (full.pauseMs === undefined) continue
      full.pauseMs -= TICK_MS
      if (full.pauseMs <= 0) this.#retryNext(to, full)
    }
    this.#cancelTick = this.#full.size > 0 ? this.#nextTick() : undefined
  }

  /** Returns whether a queue waits; a mailbox that none waits for is forgotten. */
  #retryNext(to: Address, full: FullMailbox<Queue>): boolean {
    full.pauseMs = undefined
    const [next] = full.waiting
    if (next) {
      full.waiting.delete(next)
      this.#options.retry(next)
    } else this.#full.delete(to)
    return next !== undefined
  }
}
