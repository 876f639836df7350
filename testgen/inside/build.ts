// Build
//
// Owns:   making the value of an expression.
// Leaves: printing the same expression as source (emit/print.ts): both must mean the same.

import type { Behaviour, Expression } from '../expression.ts'

/** The exports and results that expressions refer to. */
export interface BuildScope {
  readonly exports: Readonly<Record<string, unknown>>
  /** Classes of other modules, by key. */
  readonly importedClasses: Readonly<Record<string, unknown>>
  readonly results: readonly unknown[]
  /** Called by made-up callbacks, so that calling them for ever ends. */
  readonly tick: () => void
}

/** An expression that cannot be built: its class refused, its export is not there. */
export class CannotBuild extends Error {}

export function build(expression: Expression, around: BuildScope): unknown {
  const each = (items: readonly Expression[]) => items.map((item) => build(item, around))
  switch (expression.kind) {
    case 'constant':
      return expression.value
    case 'array':
      return each(expression.items)
    case 'object':
      return buildObject(expression, around)
    case 'map':
      return new Map(expression.entries.map(([key, value]) => [build(key, around), build(value, around)]))
    case 'set':
      return new Set(each(expression.items))
    case 'date':
      return new Date(expression.time)
    case 'regexp':
      return new RegExp(expression.source, expression.flags)
    case 'symbol':
      return Symbol.for(expression.description)
    case 'function':
      return buildFunction(expression.does, around)
    case 'promise':
      return buildPromise(expression.of, expression.rejected, around)
    case 'builtin':
      return construct(Reflect.get(globalThis, expression.name), each(expression.of))
    case 'export':
      return lookUp(expression.path, around)
    case 'create':
      return construct(lookUp(expression.path, around), each(expression.of))
    case 'call':
      return invoke(lookUp(expression.path, around), ownerOf(expression.path, around), each(expression.of))
    case 'step':
      return around.results[expression.index]
  }
}

function buildObject(expression: Extract<Expression, { kind: 'object' }>, around: BuildScope): object {
  const made: object = expression.bare ? Object.create(null) : {}
  for (const [key, value] of expression.fields)
    Object.defineProperty(made, key, {
      value: build(value, around),
      writable: true,
      enumerable: true,
      configurable: true,
    })
  return made
}

function buildPromise(of: Expression, rejected: boolean, around: BuildScope): Promise<unknown> {
  const value = build(of, around)
  if (!rejected) return Promise.resolve(value)
  const promise = Promise.reject(value)
  promise.catch(() => undefined)
  return promise
}

/** Follows `['Stack', 'from']` into the exports. */
export function lookUp(path: readonly string[], around: BuildScope): unknown {
  const [first = '', ...rest] = path
  const from = Object.hasOwn(around.importedClasses, first) ? around.importedClasses : around.exports
  if (!(first in from)) throw new CannotBuild(`no export ${first}`)
  return rest.reduce<unknown>((value, name) => read(value, name), from[first])
}

function read(value: unknown, name: string): unknown {
  if (value === null || value === undefined) throw new CannotBuild(`no field ${name}`)
  return (value as Record<string, unknown>)[name]
}

function construct(class_: unknown, values: readonly unknown[]): unknown {
  if (typeof class_ !== 'function') throw new CannotBuild('no class')
  try {
    return Reflect.construct(class_, values)
  } catch (error) {
    throw new CannotBuild('the class refused', { cause: error })
  }
}

/** `Money.of()` is called on Money. */
export function ownerOf(path: readonly string[], around: BuildScope): unknown {
  return path.length < 2 ? undefined : lookUp(path.slice(0, -1), around)
}

function invoke(callee: unknown, owner: unknown, values: readonly unknown[]): unknown {
  if (typeof callee !== 'function') throw new CannotBuild('no function')
  try {
    return Reflect.apply(callee, owner, values)
  } catch (error) {
    throw new CannotBuild('the function refused', { cause: error })
  }
}

function buildFunction(does: Behaviour, around: BuildScope): (...values: never[]) => unknown {
  const run = behaviour(does, around)
  const isAsync = 'async' in does && does.async
  if (isAsync)
    return async (...values: never[]) => {
      around.tick()
      return run(values)
    }
  return (...values: never[]) => {
    around.tick()
    return run(values)
  }
}

function behaviour(does: Behaviour, around: BuildScope): (values: readonly never[]) => unknown {
  switch (does.kind) {
    case 'returns':
      return () => build(does.value, around)
    case 'argument':
      return (values) => values[does.index]
    case 'throws':
      return () => {
        throw does.bare ? does.message : new Error(does.message)
      }
    case 'compares':
      return ([a, b]) => (a as unknown as number) - (b as unknown as number)
    case 'adds':
      return ([a, b]) => (a as unknown as number) + (b as unknown as number)
    case 'negates':
      return ([value]) => !value
    case 'exceeds':
      return ([value]) => (value as unknown as number) > does.limit
    case 'equals':
      return ([value]) => value === build(does.value, around)
    case 'invokes':
      return (values) => {
        const callee: unknown = values[does.index]
        if (typeof callee !== 'function') throw new TypeError('callback is not a function')
        return Reflect.apply(
          callee,
          undefined,
          does.of.map((one) => build(one, around)),
        )
      }
    case 'texts':
      return ([value]) => String(value)
    case 'field':
      return ([value]) => (value as unknown as Record<string, unknown>)[does.name]
  }
}
