// Row index
//
// Owns:   the keys of the timers and outbox entries that an actor may have, for actors of this process. The head of a
//         record names the rows of the record, and reading rows by key needs no other thread.
//
// A key is added before it may be written, and stays until it is certainly deleted: an extra key is read in vain, but a
// missing key would lose an effect.
//
// An actor that is not in the index is read by range.

import type { Address } from '../kernel/index.ts'

const none: ReadonlyMap<string, number> = new Map()
const MAX_ACTORS = 100_000

export class RowIndex {
  /** The keys of each actor, with the time at which each was last added. */
  readonly #keys = new Map<Address, Map<string, number> | typeof none>()
  #now = 0

  /** A removal does not affect keys that are added after it: a timer may be set again under its id. */
  get now(): number {
    return this.#now
  }

  get(address: Address): Iterable<string> | undefined {
    return this.#keys.get(address)?.keys()
  }

  /** Records that the actor has no rows. */
  born(address: Address): void {
    if (this.#keys.size >= MAX_ACTORS) this.#keys.clear()
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

  /** `asked`: the time at which their removal was requested. */
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
