// Prints
//
// Digests of calls and results that ignore irrelevant differences: times, the order of fields, spaces.

import { createHash } from 'node:crypto'

/** Of a call's arguments. */
export function printOfInput(input: unknown): string {
  return digest(JSON.stringify(sorted(input)) ?? '')
}

/** Of a call's result. */
export function printOfResult(content: string, failed: boolean): string {
  return digest(`${failed} ${withoutChance(content)}`)
}

const CHANCE: readonly [RegExp, string][] = [
  // Dates and times of day.
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?/g, '<time>'],
  [/\b\d\d:\d\d:\d\d([.,]\d+)?\b/g, '<time>'],
  // Durations.
  [/\b\d+([.,]\d+)?\s?(ms|µs|s|sec|seconds?|m|min|minutes?)\b/g, '<took>'],
  // Temporary paths and process ids.
  [/\/tmp\/[^\s'":)]+/g, '<tmp>'],
  [/\bpid[ :=]+\d+/gi, '<pid>'],
]

function withoutChance(content: string): string {
  const plain = CHANCE.reduce((text, [pattern, by]) => text.replaceAll(pattern, by), content)
  return plain.replaceAll(/\s+/g, ' ').trim()
}

function sorted(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(/\s+/g, ' ').trim()
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  )
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
