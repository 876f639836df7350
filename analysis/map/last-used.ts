// Last used
//
// A cache with a maximum size: the entry that was stored longest ago is dropped first.

export class LastUsed<Value> {
  readonly #kept = new Map<string, Value>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  /** Reading does not keep an entry longer. */
  get(name: string): Value | undefined {
    return this.#kept.get(name)
  }

  /** Stores an entry as the newest, also when it exists already. */
  keep(name: string, value: Value): void {
    this.#kept.delete(name)
    this.#kept.set(name, value)
    for (const oldest of this.#kept.keys()) if (this.#kept.size > this.#most) this.#kept.delete(oldest)
  }
}
