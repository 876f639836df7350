import { RangeViolation } from './errors.js'

/** A binary heap: the smallest by `compare` comes out first, equal ones in the order they came. */
export class PriorityQueue<T> {
  readonly #heap: { item: T; turn: number }[] = []
  readonly #compare: (a: T, b: T) => number
  #turn = 0

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare
  }

  get size(): number {
    return this.#heap.length
  }

  peek(): T | undefined {
    return this.#heap[0]?.item
  }

  push(item: T): this {
    this.#heap.push({ item, turn: this.#turn++ })
    let at = this.#heap.length - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#before(at, parent)) break
      this.#swap(at, parent)
      at = parent
    }
    return this
  }

  pop(): T | undefined {
    const last = this.#heap.length - 1
    if (last < 0) return undefined
    this.#swap(0, last)
    const top = this.#heap.pop()
    this.#sink()
    return top?.item
  }

  *drain(): Generator<T> {
    while (this.size > 0) yield this.pop() as T
  }

  #sink(): void {
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      const right = left + 1
      let first = at
      if (left < this.size && this.#before(left, first)) first = left
      if (right < this.size && this.#before(right, first)) first = right
      if (first === at) return
      this.#swap(at, first)
      at = first
    }
  }

  #before(a: number, b: number): boolean {
    const [x, y] = [this.#at(a), this.#at(b)]
    const order = this.#compare(x.item, y.item)
    return order === 0 ? x.turn < y.turn : order < 0
  }

  #at(index: number): { item: T; turn: number } {
    return this.#heap[index] as { item: T; turn: number }
  }

  #swap(a: number, b: number): void {
    const held = this.#at(a)
    this.#heap[a] = this.#at(b)
    this.#heap[b] = held
  }
}

/** Forgets what was not asked for longest. */
export class LruCache<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #limit: number

  constructor(limit: number) {
    if (!Number.isInteger(limit) || limit < 1)
      throw new RangeViolation('the limit', limit, 'a whole number from 1')
    this.#limit = limit
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: K): V | undefined {
    if (!this.#entries.has(key)) return undefined
    const value = this.#entries.get(key) as V
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  /** Returns the key that had to go, if one had to. */
  set(key: K, value: V): K | undefined {
    const known = this.#entries.delete(key)
    const oldest = !known && this.size >= this.#limit ? [...this.#entries.keys()][0] : undefined
    if (oldest !== undefined) this.#entries.delete(oldest)
    this.#entries.set(key, value)
    return oldest
  }

  keys(): K[] {
    return [...this.#entries.keys()]
  }
}
