// Row index
//
// Owns:   which timers and outbox entries of an actor there can be, for actors of this process: the rows of its record
//         are named by its head, and reading rows by key asks no other thread.
//
// I1. What may be written is in it before it is, and stays until it is surely gone: a key too many is read in vain, a
//     key too few would be an effect forgotten.
// I2. An actor that it does not know is read by range.

import type { Address } from '../kernel/index.ts'

const none: ReadonlyMap<string, number> = new Map()
const most = 100_000

export class RowIndex {
  /** Of each actor its keys, with the moment at which each was last added. */
  readonly #keys = new Map<Address, Map<string, number> | typeof none>()
  #now = 0

  /** What is added later is not gone with what was asked for by now: a timer may be set anew under its id. */
  get now(): number {
    return this.#now
  }

  get(address: Address): Iterable<string> | undefined {
    return this.#keys.get(address)?.keys()
  }

  /** Nothing is stored of it. */
  born(address: Address): void {
    if (this.#keys.size >= most) this.#keys.clear()
    this.#keys.set(address, none)
  }

  added(address: Address, keys: readonly string[]): void {
    const known = this.#keys.get(address)
    if (!known || keys.length === 0) return
    this.#now += 1
    const own = known !== none && known instanceof Map ? known : new Map<string, number>()
    for (const key of keys) own.set(key, this.#now)
    this.#keys.set(address, own)
  }

  /** `asked`: the moment at which their removal was. */
  gone(address: Address, keys: readonly string[], asked: number): void {
    const known = this.#keys.get(address)
    if (!(known instanceof Map) || known.size === 0) return
    for (const key of keys) if ((known.get(key) ?? 0) <= asked) known.delete(key)
    if (known.size === 0) this.#keys.set(address, none)
  }

  removed(address: Address): void {
    this.#keys.delete(address)
  }
}
