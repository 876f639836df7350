// Concurrency
//
// Owns:   how many calls of a model may be under way at once: additive increase, multiplicative decrease.
//
// C1. Never below one, never above the most.
// C2. It grows only while it is used up; unused room says nothing about the vendor.
// C3. Halved once for a burst: a failure of a call sent before the last halving does not halve it again.

export interface Concurrency {
  readonly allowed: number
  readonly most: number
  /** Doubles with each round until the first decrease; then grows by one a round. */
  readonly fast: boolean
  /** The number of the last call that was sent before the last decrease. */
  readonly lowered: number
}

export function newConcurrency({ first, most }: { first: number; most: number }): Concurrency {
  return { allowed: Math.max(1, Math.min(first, most)), most, fast: true, lowered: 0 }
}

/** After a success, while so many were under way (C2). */
export function raised(concurrency: Concurrency, underWay: number): Concurrency {
  const { allowed, most, fast } = concurrency
  if (underWay < Math.floor(allowed)) return concurrency
  return { ...concurrency, allowed: Math.min(most, allowed + (fast ? 1 : 1 / allowed)) }
}

/** After the call of this number was throttled; `last` is the number of the newest call (C3). */
export function lowered(concurrency: Concurrency, call: number, last: number): Concurrency {
  if (call <= concurrency.lowered) return concurrency
  return { ...concurrency, allowed: Math.max(1, concurrency.allowed / 2), fast: false, lowered: last }
}
