// Alarms
//
// Owns:   ringing stored timers at their deadline, in this process.
// Leaves: that they are stored and rung once (the actor's commit removes the alarm).
//
// R1. The deadline is wall-clock time. The clock is looked at again at least every minute, so a clock that
//     jumps is noticed, and an alarm that is due rings at once.

import type { Address, Alarm } from '../machines/index.ts'
import type { Clock } from './clock.ts'

const LOOK_AGAIN_MS = 60_000

export class Alarms {
  readonly #clock: Clock
  readonly #ring: (address: Address, alarm: Alarm) => void
  readonly #set = new Map<string, { address: Address; alarm: Alarm; due: number }>()
  #cancel: (() => void) | undefined
  #next = Number.POSITIVE_INFINITY

  constructor(clock: Clock, ring: (address: Address, alarm: Alarm) => void) {
    this.#clock = clock
    this.#ring = ring
  }

  set(address: Address, alarm: Alarm, due = alarm.deadline): void {
    this.#set.set(key(address, alarm.id), { address, alarm, due })
    if (due < this.#next) this.#plan()
  }

  cancel(address: Address, id: string): void {
    this.#set.delete(key(address, id))
  }

  /** Forgets all alarms of an actor; they stay in the store. */
  silence(address: Address): void {
    for (const [each, { address: owner }] of this.#set) if (owner === address) this.#set.delete(each)
  }

  stop(): void {
    this.#set.clear()
    this.#cancel?.()
  }

  #plan(): void {
    this.#cancel?.()
    this.#next = Math.min(Number.POSITIVE_INFINITY, ...[...this.#set.values()].map((each) => each.due))
    if (this.#next === Number.POSITIVE_INFINITY) return
    const wait = Math.min(Math.max(0, this.#next - this.#clock.now()), LOOK_AGAIN_MS)
    this.#cancel = this.#clock.after(wait, () => this.#look())
  }

  #look(): void {
    const now = this.#clock.now()
    const due = [...this.#set].filter(([, each]) => each.due <= now).sort(([, a], [, b]) => a.due - b.due)
    for (const [each] of due) this.#set.delete(each)
    this.#plan()
    for (const [, { address, alarm }] of due) this.#ring(address, alarm)
  }
}

function key(address: Address, id: string): string {
  return `${address} ${id}`
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
