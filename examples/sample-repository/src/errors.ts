/** What every error of this library is, so that callers can tell ours from a bug. */
export class OrchardError extends Error {
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** Text that is not what it should be, and where. */
export class ParseError extends OrchardError {
  readonly line: number
  readonly column: number

  constructor(message: string, line: number, column: number) {
    super('parse', `${message} (line ${line}, column ${column})`)
    this.line = line
    this.column = column
  }
}

/** A value out of the range it must be in. */
export class RangeViolation extends OrchardError {
  readonly value: number

  constructor(what: string, value: number, expected: string) {
    super('range', `${what} is ${value}, expected ${expected}`)
    this.value = value
  }
}

/** Something that may not happen now. */
export class StateError extends OrchardError {
  constructor(message: string) {
    super('state', message)
  }
}

/** Turns the offset of a character into the line and column people count in, both from 1. */
export function position(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  const column = offset - (before.lastIndexOf('\n') + 1) + 1
  return { line, column }
}

/** One line about anything that was thrown, with the causes behind it. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : `threw ${String(error)}`
  const head =
    error instanceof OrchardError ? `[${error.code}] ${error.message}` : error.message || error.name
  return error.cause === undefined ? head : `${head}: ${explain(error.cause)}`
}
