// Thrown
//
// Owns:   the description of an error for a test, and the errors that say nothing about the code under test.
// Leaves: when something is thrown (run-case.ts).
//
// R1. The runtime's own words are never asserted: they differ between versions, and between probed and plain code.

import type { Expression } from '../expression.ts'
import type { Thrown, Unusable } from '../outcome.ts'
import { CannotBuild } from './build.ts'
import { express, isRuntimeWording, type PathOf } from './express.ts'
import { OutOfSteps } from './probes.ts'
import { ProcessExit, TooLong } from './stubs.ts'

const MAX_FIELDS = 4
const runtimeClasses = [TypeError, RangeError, SyntaxError, ReferenceError, URIError, EvalError]

/** `isOwn` tells whether the code under test made an error itself, if that is known. */
export function describeThrown(
  error: unknown,
  isOwn: (error: Error) => boolean,
  pathOf: PathOf,
): Thrown | undefined {
  if (!(error instanceof Error)) {
    const value = express(error, pathOf)
    return value === undefined ? undefined : { name: '', native: false, fields: [], value }
  }
  const name = String(error.name)
  const native = Object.getPrototypeOf(error) === Reflect.get(globalThis, name)?.prototype
  const mayBeRuntimes =
    native && runtimeClasses.some((class_) => error.constructor === class_) && !isOwn(error)
  if (mayBeRuntimes || error.message === '' || isRuntimeWording(error.message) || 'syscall' in error)
    return { name, native, fields: [] }
  const isWhole = native && Object.keys(error).length === 0 && error.cause === undefined
  return { name, native: isWhole, message: error.message, fields: fieldsOf(error, pathOf) }
}

function fieldsOf(error: Error, pathOf: PathOf): readonly (readonly [string, Expression])[] {
  const hidden = new Set(['name', 'message', 'stack', 'cause'])
  return Object.entries(error)
    .filter(([name]) => !hidden.has(name))
    .flatMap(([name, value]) => {
      const expression = express(value, pathOf)
      return expression === undefined ? [] : [[name, expression] as const]
    })
    .slice(0, MAX_FIELDS)
}

/** Why an error is none of the code under test's own, if so. */
export function troubleIn(error: unknown): Unusable | undefined {
  if (error instanceof CannotBuild) return 'setup'
  if (error instanceof OutOfSteps) return 'endless'
  if (error instanceof TooLong) return 'exhausted'
  if (error instanceof ProcessExit) return 'exit'
  if (!(error instanceof Error)) return undefined
  if (
    error instanceof RangeError &&
    /call stack|string length|array length|array buffer/i.test(error.message)
  )
    return 'exhausted'
  const code = String(Reflect.get(error, 'code'))
  return 'syscall' in error || code === 'ERR_ACCESS_DENIED' || code === 'MODULE_NOT_FOUND'
    ? 'environment'
    : undefined
}
