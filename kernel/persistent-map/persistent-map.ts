// Persistent map
//
// Owns:   an immutable map from strings to JSON values, for large collections in a machine's context. A changed map
//         shares its unchanged buckets with the old one, so the store writes only the buckets that differ.
// Leaves: its structure (hash-trie.ts), writing buckets (persistence/snapshots.ts).
//
// A change costs about the same at any size.
//
// Iteration order and buckets depend on the contents alone: promise P6 compares bytes.
//
// `undefined` is not a value, as in JSON: setting it deletes the key. A map that is read back equals the map that was
// written.

import {
  assemble,
  type Bucket,
  bucketsOf,
  differences,
  entriesOf,
  find,
  insert,
  remove,
  sizeOf,
  type Trie,
} from './hash-trie.ts'

/**
 * An immutable map from strings to JSON values, for large collections in a machine's context. A change shares what did not change, so
 * a commit writes one bucket and not the whole map. `undefined` is no value: setting it deletes.
 *
 * @example assign({ tasks: ({ context, event }) => context.tasks.set(event.id, event.task) })
 */
export class PersistentMap<V> {
  static readonly #empty = new PersistentMap<never>([])
  // Not a `#field`: deep equality in tests must compare it.
  private readonly trie: Trie<V>

  private constructor(trie: Trie<V>) {
    this.trie = trie
  }

  static empty<V>(): PersistentMap<V> {
    return PersistentMap.#empty
  }

  static fromEntries<V>(entries: Iterable<readonly [key: string, value: V]>): PersistentMap<V> {
    let map = PersistentMap.empty<V>()
    for (const [key, value] of entries) map = map.set(key, value)
    return map
  }

  /** The map with these buckets, which come sorted by id. Throws when no map has such buckets. */
  static fromBuckets<V>(buckets: readonly (readonly [id: string, Bucket<V>])[]): PersistentMap<V> {
    return buckets.length === 0 ? PersistentMap.empty() : new PersistentMap(assemble(buckets))
  }

  /** The buckets to write, and those to delete (undefined), to change one map into the other. */
  static changed<V>(
    before: PersistentMap<V> | undefined,
    after: PersistentMap<V> | undefined,
  ): Iterable<readonly [id: string, Bucket<V> | undefined]> {
    return before === after ? [] : differences(before?.trie ?? [], after?.trie ?? [])
  }

  get size(): number {
    return sizeOf(this.trie)
  }

  get(key: string): V | undefined {
    return find(this.trie, key)
  }

  set(key: string, value: V): PersistentMap<V> {
    return value === undefined ? this.delete(key) : this.with(insert(this.trie, [key, value]))
  }

  delete(key: string): PersistentMap<V> {
    return this.with(remove(this.trie, key))
  }

  entries(): IterableIterator<[key: string, value: V]> {
    return this[Symbol.iterator]()
  }

  *[Symbol.iterator](): IterableIterator<[key: string, value: V]> {
    for (const [key, value] of entriesOf(this.trie)) yield [key, value]
  }

  /** Sorted by id; no bucket is empty. */
  buckets(): Iterable<readonly [id: string, Bucket<V>]> {
    return bucketsOf(this.trie)
  }

  toJSON(): Record<string, V> {
    return Object.fromEntries(entriesOf(this.trie))
  }

  private with(trie: Trie<V>): PersistentMap<V> {
    return trie === this.trie ? this : new PersistentMap(trie)
  }
}
