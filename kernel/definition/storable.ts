// Storable
//
// Owns:   finding values that JSON storage would lose or change: functions, actor references, dates, classes.
// Leaves: when to check (step.ts after each step, definition.ts for an initial context).
//
// A value with the same reference as before was checked before and is skipped.

import { PersistentMap } from '../persistent-map/persistent-map.ts'

const MAX_DEPTH = 100

/** The place and reason of the first loss, as the end of a sentence; undefined when the value is plain JSON. */
export function unstorable(value: unknown, before: unknown, path: string, depth = 0): string | undefined {
  if (value === before) return undefined
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return undefined
    case 'number':
      return Number.isFinite(value) ? undefined : `${path} is ${value}, which JSON cannot hold`
    case 'object':
      return value === null ? undefined : unstorableObject(value, before, path, depth)
    default:
      return `${path} is a ${typeof value}`
  }
}

function unstorableObject(value: object, before: unknown, path: string, depth: number): string | undefined {
  if (depth > MAX_DEPTH)
    return `${path.slice(0, 60)}… is nested more than ${MAX_DEPTH} levels deep: does it contain itself?`
  if (value instanceof PersistentMap) return unstorableMap(value, before, path, depth)
  if ('sessionId' in value && 'send' in value) return `${path} is an actor reference`
  const former = typeof before === 'object' && before !== null ? (before as Record<string, unknown>) : {}
  if (Array.isArray(value)) return unstorableItem(value, former, path, depth)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (!isPlain(prototype)) {
    return `${path} is of the class ${value.constructor?.name ?? '?'}`
  }
  for (const key in value) {
    const next = (value as Record<string, unknown>)[key]
    if (next === former[key]) continue
    const found = unstorable(next, former[key], `${path}.${key}`, depth + 1)
    if (found) return found
  }
  return undefined
}

/** Checks the entries of the buckets that differ. The store keeps maps that are fields of the context (snapshots.ts). */
function unstorableMap(
  value: PersistentMap<unknown>,
  before: unknown,
  path: string,
  depth: number,
): string | undefined {
  if (depth !== 1 || !path.startsWith('context.')) {
    return `${path} is a persistent map, which only a field of the context may be`
  }
  const former = before instanceof PersistentMap ? before : undefined
  for (const [, bucket] of PersistentMap.changed<unknown>(former, value)) {
    for (const [key, each] of bucket ?? []) {
      const found = unstorable(each, former?.get(key), `${path}[${JSON.stringify(key)}]`, depth + 1)
      if (found) return found
    }
  }
  return undefined
}

function unstorableItem(
  value: readonly unknown[],
  former: Record<string, unknown>,
  path: string,
  depth: number,
): string | undefined {
  for (let index = 0; index < value.length; index += 1) {
    const next = value[index]
    if (next === undefined) return `${path}[${index}] is undefined, which becomes null`
    if (next === former[index]) continue
    const found = unstorable(next, former[index], `${path}[${index}]`, depth + 1)
    if (found) return found
  }
  return undefined
}

/** True also for plain objects of another realm, such as test runners create. */
function isPlain(prototype: unknown): boolean {
  if (prototype === null || prototype === Object.prototype) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'hasOwnProperty')
}
