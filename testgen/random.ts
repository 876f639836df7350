// Random
//
// Owns:   the only source of chance in the builtin writer: a seeded generator whose sequence never changes.
// Leaves: the values drawn with it (generate.ts, mutate.ts).
//
// R1. Same seed, same sequence, on every machine: 32-bit integer arithmetic only.

export interface Random {
  /** In [0, 1). */
  next(): number
  /** An integer in [0, below). */
  below(limit: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
}

/** A generator (sfc32) that starts from a text, so that seeds can be composed: `${seed}:${module}`. */
export function createRandom(seed: string): Random {
  let [a, b, c, d] = scatter(seed)
  function next(): number {
    const sum = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + sum) | 0
    return (sum >>> 0) / 4294967296
  }
  for (let round = 0; round < 12; round++) next()
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick(items) {
      if (items.length === 0) throw new RangeError('pick needs at least one item')
      return items[below(items.length)] as (typeof items)[number]
    },
  }
}

/** FNV-1a, four times with different starts. */
function scatter(text: string): [number, number, number, number] {
  const hash = (start: number) => {
    let value = start
    for (let index = 0; index < text.length; index++) {
      value = Math.imul(value ^ text.charCodeAt(index), 16777619)
    }
    return value | 0
  }
  return [hash(2166136261), hash(3339451269), hash(1013904223), hash(907633515)]
}
