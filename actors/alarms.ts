// Alarms
//
// Owns:   firing stored timers when they are due, in this process.
// Leaves: storing them; the actor's commit removes a fired alarm, so it fires once.
//
// The wall clock decides when an alarm is due. It is read at least every minute, so a clock that jumps is noticed and
// due alarms fire at once.
//
// Setting, cancelling and firing an alarm cost about the same with ten alarms or a million.

import type { Address, Alarm } from '../kernel/index.ts'
import type { Clock } from './clock.ts'

const LOOK_AGAIN_MS = 60_000

interface PendingAlarm {
  readonly address: Address
  readonly alarm: Alarm
  readonly due: number
  cancelled: boolean
}

export class Alarms {
  readonly #clock: Clock
  readonly #ring: (address: Address, alarm: Alarm) => void
  readonly #of = new Map<Address, Map<string, PendingAlarm>>()
  /** A binary heap: the earliest deadline is first. A cancelled alarm stays in it until it comes to the front. */
  #heap: PendingAlarm[] = []
  #cancelled = 0
  #stopWaiting: (() => void) | undefined
  #waitingFor = Number.POSITIVE_INFINITY

  constructor(clock: Clock, ring: (address: Address, alarm: Alarm) => void) {
    this.#clock = clock
    this.#ring = ring
  }

  get size(): number {
    return this.#heap.length - this.#cancelled
  }

  has(address: Address, id: string): boolean {
    return this.#of.get(address)?.has(id) === true
  }

  set(address: Address, alarm: Alarm, due = alarm.deadline): void {
    this.cancel(address, alarm.id)
    const entry: PendingAlarm = { address, alarm, due, cancelled: false }
    const own = this.#of.get(address) ?? new Map<string, PendingAlarm>()
    this.#of.set(address, own.set(alarm.id, entry))
    this.#heap.push(entry)
    up(this.#heap, this.#heap.length - 1)
    if (due < this.#waitingFor) this.#wait()
  }

  cancel(address: Address, id: string): void {
    const own = this.#of.get(address)
    const entry = own?.get(id)
    if (!own || !entry) return
    entry.cancelled = true
    this.#cancelled += 1
    own.delete(id)
    if (own.size === 0) this.#of.delete(address)
    if (this.#cancelled > 64 && this.#cancelled * 2 > this.#heap.length) this.#clean()
  }

  /** Cancels the in-memory timers of an actor; its alarms stay in the store. */
  cancelAll(address: Address): void {
    for (const id of [...(this.#of.get(address)?.keys() ?? [])]) this.cancel(address, id)
  }

  stop(): void {
    this.#of.clear()
    this.#heap = []
    this.#cancelled = 0
    this.#stopWaiting?.()
  }

  #wait(): void {
    this.#stopWaiting?.()
    const next = this.#next()
    this.#waitingFor = next?.due ?? Number.POSITIVE_INFINITY
    if (!next) return
    const wait = Math.min(Math.max(0, next.due - this.#clock.now()), LOOK_AGAIN_MS)
    this.#stopWaiting = this.#clock.after(wait, () => this.#look())
  }

  #look(): void {
    const now = this.#clock.now()
    const due: PendingAlarm[] = []
    for (let next = this.#next(); next && next.due <= now; next = this.#next()) {
      takeFirst(this.#heap)
      this.#forget(next)
      due.push(next)
    }
    this.#waitingFor = Number.POSITIVE_INFINITY
    this.#wait()
    for (const { address, alarm } of due) this.#ring(address, alarm)
  }

  /** The earliest alarm that was not cancelled. */
  #next(): PendingAlarm | undefined {
    while (this.#heap[0]?.cancelled) {
      takeFirst(this.#heap)
      this.#cancelled -= 1
    }
    return this.#heap[0]
  }

  #forget({ address, alarm }: PendingAlarm): void {
    const own = this.#of.get(address)
    own?.delete(alarm.id)
    if (own?.size === 0) this.#of.delete(address)
  }

  #clean(): void {
    const left = this.#heap.filter((entry) => !entry.cancelled)
    this.#cancelled = 0
    // A sorted list is a valid heap.
    this.#heap = left.sort((a, b) => a.due - b.due)
  }
}

function takeFirst(heap: PendingAlarm[]): void {
  const last = heap.pop()
  if (!last || heap.length === 0) return
  heap[0] = last
  down(heap, 0)
}

function up(heap: PendingAlarm[], from: number): void {
  for (let at = from; at > 0; ) {
    const parent = (at - 1) >> 1
    if (!swapIfEarlier(heap, at, parent)) return
    at = parent
  }
}

function down(heap: PendingAlarm[], from: number): void {
  for (let at = from; ; ) {
    const [left, right] = [2 * at + 1, 2 * at + 2]
    const child = dueAt(heap, right) < dueAt(heap, left) ? right : left
    if (child >= heap.length || !swapIfEarlier(heap, child, at)) return
    at = child
  }
}

/** Swaps the alarm at `lower` with the one above it if it is due earlier; returns whether it did. */
function swapIfEarlier(heap: PendingAlarm[], lower: number, upper: number): boolean {
  const [below, above] = [heap[lower], heap[upper]]
  if (!below || !above || below.due >= above.due) return false
  heap[upper] = below
  heap[lower] = above
  return true
}

function dueAt(heap: readonly PendingAlarm[], at: number): number {
  return heap[at]?.due ?? Number.POSITIVE_INFINITY
}

/** The time at which a stored alarm fires after an absence (promise P7). `left`: the end of the process before. */
export function dueAfterAbsence(alarm: Alarm, now: number, left: number): number {
  switch (alarm.policy) {
    case 'deadline':
      return alarm.deadline
    case 'remaining':
      return now + Math.max(0, alarm.deadline - left)
    case 'restart':
      return now + alarm.delay
    default:
      return alarm.policy satisfies never
  }
}
