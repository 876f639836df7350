// Outline
//
// Owns:   a short plain copy of a value of any size, for people.
//
// The cost is limited for every value, by the number of parts and characters. Each omission leaves a mark that names
// the omitted part.

import { PersistentMap } from '../kernel/index.ts'

const MAX_DEPTH = 8
const MAX_ENTRIES = 50
const MAX_TEXT_CHARACTERS = 400

/** The most parts, and the most characters of all texts together. */
export interface Measure {
  readonly parts: number
  readonly characters: number
}

/** A short value itself; a long one with marks such as `… 99950 more`. */
export function outline(value: unknown, measure: Measure): unknown {
  return shortened(value, { ...measure }, 0)
}

interface OutlineBudget {
  parts: number
  characters: number
}

function shortened(value: unknown, budget: OutlineBudget, depth: number): unknown {
  budget.parts -= 1
  switch (typeof value) {
    case 'string':
      return text(value, budget)
    case 'object':
      break
    case 'number':
    case 'boolean':
      return value
    default:
      return value === undefined ? undefined : String(value)
  }
  if (value === null) return null
  if (Array.isArray(value)) return list(value, budget, depth)
  if (value instanceof PersistentMap) return fields(value.entries(), value.size, budget, depth)
  return fields(own(value), undefined, budget, depth)
}

function text(value: string, budget: OutlineBudget): string {
  const room = Math.max(0, Math.min(MAX_TEXT_CHARACTERS, budget.characters))
  budget.characters -= Math.min(value.length, room)
  return value.length <= room ? value : `${value.slice(0, room)}… ${value.length} characters`
}

function list(values: readonly unknown[], budget: OutlineBudget, depth: number): unknown {
  if (depth >= MAX_DEPTH) return `… ${values.length} entries`
  const shown: unknown[] = []
  for (const value of values) {
    if (shown.length >= MAX_ENTRIES || isSpent(budget))
      return [...shown, `… ${values.length - shown.length} more`]
    shown.push(shortened(value, budget, depth + 1))
  }
  return shown
}

function fields(
  entries: Iterable<readonly [string, unknown]>,
  size: number | undefined,
  budget: OutlineBudget,
  depth: number,
): unknown {
  if (depth >= MAX_DEPTH) return '… deeper'
  const shown: [string, unknown][] = []
  for (const [name, value] of entries) {
    if (shown.length >= MAX_ENTRIES || isSpent(budget)) {
      const left = size === undefined ? 'more' : `${size - shown.length} more`
      return Object.fromEntries([...shown, ['…', left]])
    }
    budget.characters -= name.length
    shown.push([name, shortened(value, budget, depth + 1)])
  }
  return Object.fromEntries(shown)
}

function isSpent({ parts, characters }: OutlineBudget): boolean {
  return parts <= 0 || characters <= 0
}

/** Unlike `Object.entries` it stops when the reader stops. */
function* own(value: object): Iterable<readonly [string, unknown]> {
  for (const name in value) {
    if (Object.hasOwn(value, name)) yield [name, (value as Record<string, unknown>)[name]]
  }
}
