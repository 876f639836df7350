// Alarms
//
// Owns:   ringing stored timers when they are due, in this process.
// Leaves: that they are stored and rung once (the actor's commit removes the alarm).
//
// R1. What is due is told by the wall clock. The clock is looked at again at least every minute, so a clock that
//     jumps is noticed, and an alarm that is due rings at once.
// R2. Setting, cancelling and ringing one costs about the same with ten alarms or a million.

import type { Address, Alarm } from '../kernel/index.ts'
import type { Clock } from './clock.ts'

const LOOK_AGAIN_MS = 60_000

interface Pending {
  readonly address: Address
  readonly alarm: Alarm
  readonly due: number
  cancelled: boolean
}

export class Alarms {
  readonly #clock: Clock
  readonly #ring: (address: Address, alarm: Alarm) => void
  readonly #of = new Map<Address, Map<string, Pending>>()
  /** A binary heap: the next one due is first. What was cancelled is left in it until it comes up. */
  #heap: Pending[] = []
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
    const entry: Pending = { address, alarm, due, cancelled: false }
    const own = this.#of.get(address) ?? new Map<string, Pending>()
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

  /** Forgets all alarms of an actor; they stay in the store. */
  silence(address: Address): void {
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
    const due: Pending[] = []
    for (let next = this.#next(); next && next.due <= now; next = this.#next()) {
      takeFirst(this.#heap)
      this.#forget(next)
      due.push(next)
    }
    this.#waitingFor = Number.POSITIVE_INFINITY
    this.#wait()
    for (const { address, alarm } of due) this.#ring(address, alarm)
  }

  /** The next one due that was not cancelled. */
  #next(): Pending | undefined {
    while (this.#heap[0]?.cancelled) {
      takeFirst(this.#heap)
      this.#cancelled -= 1
    }
    return this.#heap[0]
  }

  #forget({ address, alarm }: Pending): void {
    const own = this.#of.get(address)
    own?.delete(alarm.id)
    if (own?.size === 0) this.#of.delete(address)
  }

  #clean(): void {
    const left = this.#heap.filter((entry) => !entry.cancelled)
    this.#cancelled = 0
    // Sorted is a heap too.
    this.#heap = left.sort((a, b) => a.due - b.due)
  }
}

function takeFirst(heap: Pending[]): void {
  const last = heap.pop()
  if (!last || heap.length === 0) return
  heap[0] = last
  down(heap, 0)
}

function up(heap: Pending[], from: number): void {
  for (let at = from; at > 0; ) {
    const parent = (at - 1) >> 1
    if (!swapIfEarlier(heap, at, parent)) return
    at = parent
  }
}

function down(heap: Pending[], from: number): void {
  for (let at = from; ; ) {
    const [left, right] = [2 * at + 1, 2 * at + 2]
    const child = dueAt(heap, right) < dueAt(heap, left) ? right : left
    if (child >= heap.length || !swapIfEarlier(heap, child, at)) return
    at = child
  }
}

/** Whether the one at `lower` was due before the one above it, and is now above. */
function swapIfEarlier(heap: Pending[], lower: number, upper: number): boolean {
  const [below, above] = [heap[lower], heap[upper]]
  if (!below || !above || below.due >= above.due) return false
  heap[upper] = below
  heap[lower] = above
  return true
}

function dueAt(heap: readonly Pending[], at: number): number {
  return heap[at]?.due ?? Number.POSITIVE_INFINITY
}

/** When an alarm that was stored rings after an absence (promise P7). `left`: when its actor was last there. */
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
