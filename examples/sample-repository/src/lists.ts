import { RangeViolation } from './errors.js'

export type Order<T> = (a: T, b: T) => number

/** Orders by one thing of each item; numbers by size, text by its letters, nothing last. */
export function by<T>(
  pick: (item: T) => string | number | null | undefined,
  direction: 'up' | 'down' = 'up',
): Order<T> {
  const sign = direction === 'down' ? -1 : 1
  return (a, b) => {
    const [x, y] = [pick(a), pick(b)]
    if (x == null || y == null) return x == null ? (y == null ? 0 : 1) : -1
    if (typeof x === 'number' && typeof y === 'number') return sign * (x - y)
    const [left, right] = [String(x), String(y)]
    return left === right ? 0 : left < right ? -sign : sign
  }
}

/** The first order that tells two items apart decides. */
export function thenBy<T>(...orders: Order<T>[]): Order<T> {
  return (a, b) => {
    for (const order of orders) {
      const answer = order(a, b)
      if (answer !== 0) return answer
    }
    return 0
  }
}

export function groupBy<T>(items: readonly T[], pick: (item: T) => string): Record<string, T[]> {
  const groups: Record<string, T[]> = {}
  for (const item of items) {
    const key = pick(item)
    const group = Object.hasOwn(groups, key) ? groups[key] : undefined
    if (group === undefined) groups[key] = [item]
    else group.push(item)
  }
  return groups
}

export function chunk<T>(items: readonly T[], size: number): T[][] {
  if (!Number.isInteger(size) || size < 1) throw new RangeViolation('the size', size, 'a whole number from 1')
  const chunks: T[][] = []
  for (let at = 0; at < items.length; at += size) chunks.push(items.slice(at, at + size))
  return chunks
}

export interface Change<T> {
  added: T[]
  removed: T[]
  kept: T[]
}

/** What came, went and stayed between two lists, told apart by a key. */
export function difference<T>(
  before: readonly T[],
  after: readonly T[],
  key: (item: T) => unknown,
): Change<T> {
  const old = new Set(before.map(key))
  const now = new Set(after.map(key))
  const change: Change<T> = { added: [], removed: before.filter((item) => !now.has(key(item))), kept: [] }
  for (const item of after) (old.has(key(item)) ? change.kept : change.added).push(item)
  return change
}

/** An order of the names in which each comes after all it needs; the names of a circle otherwise. */
export function inOrder(needs: Readonly<Record<string, readonly string[]>>): {
  order: string[]
  circle?: string[]
} {
  const order: string[] = []
  const path: string[] = []
  const visit = (name: string): string[] | undefined => {
    if (order.includes(name)) return undefined
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name]
    path.push(name)
    for (const need of needs[name] ?? []) {
      const circle = visit(need)
      if (circle !== undefined) return circle
    }
    path.pop()
    order.push(name)
    return undefined
  }
  for (const name of Object.keys(needs).sort()) {
    const circle = visit(name)
    if (circle !== undefined) return { order: [], circle }
  }
  return { order }
}
