// Placeholder until the real structure lands (same interface).
export class PersistentMap<V> {
  readonly #map: ReadonlyMap<string, V>
  constructor(map: ReadonlyMap<string, V>) {
    this.#map = map
  }
  static empty<V>(): PersistentMap<V> {
    return new PersistentMap<V>(new Map())
  }
  get size(): number {
    return this.#map.size
  }
  get(key: string): V | undefined {
    return this.#map.get(key)
  }
  set(key: string, value: V): PersistentMap<V> {
    return new PersistentMap(new Map(this.#map).set(key, value))
  }
  delete(key: string): PersistentMap<V> {
    const map = new Map(this.#map)
    map.delete(key)
    return new PersistentMap(map)
  }
  entries(): IterableIterator<[string, V]> {
    return this.#map.entries()
  }
  toJSON(): Record<string, V> {
    return Object.fromEntries(this.#map)
  }
}
