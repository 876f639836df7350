// Observe
//
// Owns:   the readings of a result that a test can assert.
// Leaves: running the case (run-case.ts), writing a value down (express.ts), printing readings (emit/).
//
// R1. A value that cannot be written down whole (an instance, a function, an iterator) is read by its parts.
// R2. Reading runs getters and iterators of the code under test: edges count only where the reading is kept, since
//     only that will be in the test.

import { types } from 'node:util'
import type { AccessReading, Reading } from '../outcome.ts'
import { express, type PathOf } from './express.ts'

const MAX = { readings: 8, names: 24, items: 60 }

export interface ObservedView {
  readonly pathOf: PathOf
  /** How often each edge was taken. */
  readonly counts: Uint32Array
}

/** All that a test can say about `value`, the result of `step`. */
export function observe(value: unknown, step: number, view: ObservedView): readonly Reading[] {
  const whole = express(value, view.pathOf)
  if (whole !== undefined) return [{ step, read: [], sees: { kind: 'equal', value: whole } }]
  if (typeof value === 'function' || typeof value === 'symbol')
    return [{ step, read: [], sees: { kind: 'type', of: typeof value } }]
  if (typeof value !== 'object' || value === null) return []
  // A proxy answers whatever it is asked, as it likes.
  if (types.isProxy(value)) return [{ step, read: [], sees: { kind: 'type', of: 'object' } }]
  return observeParts(value, step, view)
}

function observeParts(value: object, step: number, view: ObservedView): readonly Reading[] {
  const readings: Reading[] = []
  const read = (access: AccessReading, evaluate: () => unknown): void => {
    if (readings.length >= MAX.readings) return
    const before = view.counts.slice()
    const expression = attempt(() => express(evaluate(), view.pathOf))
    if (expression === undefined) view.counts.set(before)
    else readings.push({ step, read: [access], sees: { kind: 'equal', value: expression } })
  }
  const class_ = view.pathOf(value.constructor)
  if (class_ !== undefined) readings.push({ step, read: [], sees: { kind: 'instance', of: class_ } })
  if (Array.isArray(value)) read({ kind: 'field', name: 'length' }, () => value.length)
  else if (isIterable(value)) read({ kind: 'spread' }, () => spread(value))
  for (const name of readableNames(value)) read({ kind: 'field', name }, () => Reflect.get(value, name))
  if (ownsText(value)) read({ kind: 'text' }, () => String(value))
  return readings.length > 0 ? readings : [{ step, read: [], sees: { kind: 'type', of: 'object' } }]
}

function attempt<T>(evaluate: () => T): T | undefined {
  try {
    return evaluate()
  } catch {
    return undefined
  }
}

/** Public fields and getters, own ones first. */
function readableNames(value: object): readonly string[] {
  const names = Object.keys(value)
  let prototype: unknown = Object.getPrototypeOf(value)
  while (
    typeof prototype === 'object' &&
    prototype !== null &&
    prototype !== Object.prototype &&
    names.length < MAX.names
  ) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype)))
      if (property.get !== undefined) names.push(name)
    prototype = Object.getPrototypeOf(prototype)
  }
  return [...new Set(names)].filter((name) => !name.startsWith('_') && name !== 'constructor')
}

function ownsText(value: object): boolean {
  if (Array.isArray(value) || value instanceof Error) return false
  const write: unknown = value.toString
  return typeof write === 'function' && write !== Object.prototype.toString
}

function isIterable(value: object): value is Iterable<unknown> {
  return Symbol.iterator in value && typeof value[Symbol.iterator] === 'function'
}

function spread(value: Iterable<unknown>): readonly unknown[] {
  const items: unknown[] = []
  for (const item of value)
    if (items.push(item) > MAX.items) throw new RangeError('too many items for a test')
  return items
}
