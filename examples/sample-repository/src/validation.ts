import { fail, ok, type Result } from './result.js'

export interface Issue {
  path: string
  message: string
}

export type Check<T> = (value: unknown, path?: string) => Result<T, Issue[]>

function issue(path: string, message: string): Result<never, Issue[]> {
  return fail([{ path: path === '' ? '(value)' : path, message }])
}

export interface TextRules {
  min?: number
  max?: number
  pattern?: RegExp
}

export function text(rules: TextRules = {}): Check<string> {
  return (value, path = '') => {
    if (typeof value !== 'string') return issue(path, `expected text, found ${kindOf(value)}`)
    if (rules.min !== undefined && value.length < rules.min) return issue(path, `shorter than ${rules.min}`)
    if (rules.max !== undefined && value.length > rules.max) return issue(path, `longer than ${rules.max}`)
    if (rules.pattern !== undefined && !rules.pattern.test(value)) return issue(path, 'has the wrong form')
    return ok(value)
  }
}

export function number(rules: { min?: number; max?: number; whole?: boolean } = {}): Check<number> {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, whole = false } = rules
  return (value, path = '') => {
    if (typeof value !== 'number' || Number.isNaN(value))
      return issue(path, `expected a number, found ${kindOf(value)}`)
    if (whole && !Number.isInteger(value)) return issue(path, 'expected a whole number')
    return value < min || value > max ? issue(path, `not between ${min} and ${max}`) : ok(value)
  }
}

export function oneOf<T extends string>(...choices: T[]): Check<T> {
  return (value, path = '') =>
    choices.includes(value as T) ? ok(value as T) : issue(path, `expected one of ${choices.join(', ')}`)
}

export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, path = '') => (value === undefined ? ok(undefined) : check(value, path))
}

export function list<T>(check: Check<T>): Check<T[]> {
  return (value, path = '') => {
    if (!Array.isArray(value)) return issue(path, `expected a list, found ${kindOf(value)}`)
    const results = value.map((item, index) => check(item, `${path}[${index}]`))
    const issues = results.flatMap((result) => (result.ok ? [] : result.error))
    return issues.length > 0
      ? fail(issues)
      : ok(results.flatMap((result) => (result.ok ? [result.value] : [])))
  }
}

/** Every field is checked and every issue told; fields nobody knows are issues too. */
export function record<T extends object>(fields: { [K in keyof T]: Check<T[K]> }): Check<T> {
  return (value, path = '') => {
    if (kindOf(value) !== 'a record') return issue(path, `expected a record, found ${kindOf(value)}`)
    const source = value as Record<string, unknown>
    const issues: Issue[] = []
    const result: Record<string, unknown> = {}
    for (const [name, check] of Object.entries<Check<unknown>>(fields)) {
      const field = check(source[name], path === '' ? name : `${path}.${name}`)
      if (!field.ok) issues.push(...field.error)
      else if (field.value !== undefined) result[name] = field.value
    }
    for (const name of Object.keys(source)) {
      if (!Object.hasOwn(fields, name))
        issues.push({ path: path === '' ? name : `${path}.${name}`, message: 'not known' })
    }
    return issues.length > 0 ? fail(issues) : ok(result as T)
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  switch (typeof value) {
    case 'undefined':
      return 'nothing'
    case 'string':
      return 'text'
    case 'object':
      return 'a record'
    default:
      return Number.isNaN(value) ? 'not a number' : `a ${typeof value}`
  }
}

/** `IBAN` check by ISO 13616: the remainder modulo 97 of the rearranged number is 1. */
export function isIban(value: string): boolean {
  const compact = value.replaceAll(' ', '').toUpperCase()
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(compact)) return false
  let remainder = 0
  for (const letter of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(letter, 36)
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97
  }
  return remainder === 1
}
