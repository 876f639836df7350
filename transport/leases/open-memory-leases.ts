// Leases in memory
//
// Owns:   the same within one process, for all holders that use the same slots.

import { LEASE_TIMES, type Leases, type LeaseTimes } from '../leases.ts'
import { LeaseKeeper } from './keeper.ts'
import type { Slot, Slots, SlotWriteResult } from './slots.ts'

/** The storage of leases in memory; holders that share it see the same leases. */
export function memorySlots(ttlMs = LEASE_TIMES.ttlMs): Slots {
  return new Board(ttlMs)
}

/** Opens leases within one process; those who give the same `slots` see the same leases. */
export function openMemoryLeases(slots: Slots, times: LeaseTimes = LEASE_TIMES): Leases {
  return new LeaseKeeper(slots, times)
}

class Board implements Slots {
  readonly #ttlMs: number
  readonly #slots = new Map<string, Slot & { readonly at: number }>()
  #revision = 0
  #gone = false

  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs
  }

  async create(name: string, text: string): Promise<SlotWriteResult> {
    this.#look()
    return this.#gone ? 'gone' : this.#slots.has(name) ? 'stale' : this.#write(name, text)
  }

  async update(name: string, text: string, revision: number): Promise<SlotWriteResult> {
    this.#look()
    if (this.#gone) return 'gone'
    return this.#slots.get(name)?.revision === revision ? this.#write(name, text) : 'stale'
  }

  async read(name: string): Promise<Slot | undefined> {
    this.#look()
    return this.#slots.get(name)
  }

  async remove(name: string, revision: number): Promise<void> {
    this.#look()
    if (this.#slots.get(name)?.revision === revision) this.#slots.delete(name)
  }

  async names(): Promise<readonly string[]> {
    this.#look()
    return [...this.#slots.keys()]
  }

  async destroy(): Promise<void> {
    this.#slots.clear()
    this.#gone = true
  }

  #look(): void {
    const oldest = performance.now() - this.#ttlMs
    for (const [name, { at }] of this.#slots) if (at < oldest) this.#slots.delete(name)
  }

  #write(name: string, text: string): number {
    this.#revision += 1
    this.#slots.set(name, { text, revision: this.#revision, written: Date.now(), at: performance.now() })
    return this.#revision
  }
}
