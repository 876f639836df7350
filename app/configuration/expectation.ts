// Expectation
//
// Owns:   saying in words what a schema wanted where a value did not fit.
// Leaves: which value it was and where it stood (schema.ts, layers.ts).

import type { z } from 'zod'

const NAMES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'fields with values',
  string: 'text',
}

/** `a whole number`, `at most 100`, `a date such as 2027-03-31`. */
export function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return NAMES[issue.expected] ?? issue.expected
    case 'too_big':
      return issue.origin === 'array' ? `at most ${issue.maximum} entries` : `at most ${issue.maximum}`
    case 'too_small':
      return tooSmall(issue)
    case 'invalid_format':
      return issue.format === 'date' ? 'a date such as 2027-03-31' : issue.message
    default:
      return issue.message
  }
}

function tooSmall(issue: z.core.$ZodIssueTooSmall): string {
  if (issue.origin === 'array') return `at least ${issue.minimum} entry`
  if (issue.origin === 'string') return `at least ${issue.minimum} character`
  return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`
}

/** The value at a path inside a plain value; undefined when the way ends before. */
export function wayThrough(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, part) =>
      typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[part] : undefined,
    value,
  )
}
