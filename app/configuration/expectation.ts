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
  record: 'fields with values',
  string: 'text',
}

const FORMATS: Readonly<Record<string, string>> = {
  date: 'a date such as 2027-03-31',
  url: 'an address such as https://models.example/v1',
}

/** `a whole number`, `at most 100`, `a date such as 2027-03-31`. */
export function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return NAMES[issue.expected] ?? issue.expected
    case 'too_big':
      return tooBig(issue)
    case 'too_small':
      return tooSmall(issue)
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message
    case 'invalid_format':
      return FORMATS[issue.format] ?? issue.message
    case 'invalid_value':
      return isOwnWording(issue.message) ? issue.message : `one of ${issue.values.join(', ')}`
    default:
      return issue.message
  }
}

/** The schema says it in words of its author, not of zod. */
function isOwnWording(message: string): boolean {
  return !message.startsWith('Invalid ')
}

function tooBig({ origin, maximum, inclusive }: z.core.$ZodIssueTooBig): string {
  if (origin === 'array') return `at most ${maximum} entries`
  if (origin === 'string') return `at most ${maximum} characters`
  return `${inclusive === false ? 'less than' : 'at most'} ${maximum}`
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
