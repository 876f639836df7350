// Last used
//
// Owns:   keeping a few things by name; the one that was used last is the last to go.

export class LastUsed<Value> {
  readonly #kept = new Map<string, Value>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  /** Does not count as a use. */
  get(name: string): Value | undefined {
    return this.#kept.get(name)
  }

  /** It is used now, whether it was kept before or not. */
  keep(name: string, value: Value): void {
    this.#kept.delete(name)
    this.#kept.set(name, value)
    for (const oldest of this.#kept.keys()) if (this.#kept.size > this.#most) this.#kept.delete(oldest)
  }
}
