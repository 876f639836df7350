// Express
//
// Owns:   writing a value down as an expression, where that is possible.
// Leaves: reading values by their parts (observe.ts).
//
// R1. Nothing that depends on the runtime's own wording is written down.

import { types } from 'node:util'
import { constant, type Expression, type ExpressionEntry } from '../expression.ts'

const MAX = { depth: 9, nodes: 160, characters: 1500 }

/** Finds the name under which a class is exported. */
export type PathOf = (value: unknown) => readonly string[] | undefined

/** The value as an expression, or none when it cannot be written down. */
export function express(value: unknown, pathOf: PathOf): Expression | undefined {
  try {
    return expressWhole(value, pathOf, { nodes: 0, characters: 0, open: [] })
  } catch {
    return undefined
  }
}

interface Progress {
  nodes: number
  characters: number
  readonly open: unknown[]
}

class CannotExpress extends Error {}

function expressWhole(value: unknown, pathOf: PathOf, progress: Progress): Expression {
  if (++progress.nodes > MAX.nodes || progress.open.length > MAX.depth) throw new CannotExpress()
  switch (typeof value) {
    case 'string':
      progress.characters += value.length
      if (progress.characters > MAX.characters || isRuntimeWording(value) || !value.isWellFormed())
        throw new CannotExpress()
      return constant(value)
    case 'number':
    case 'boolean':
    case 'bigint':
    case 'undefined':
      return constant(value)
    case 'symbol':
      return expressSymbol(value)
    case 'function':
      return expressReference(value, pathOf)
    case 'object':
      return value === null ? constant(null) : expressObject(value, pathOf, progress)
  }
}

function expressSymbol(value: symbol): Expression {
  const description = Symbol.keyFor(value)
  if (description === undefined) throw new CannotExpress()
  return { kind: 'symbol', description }
}

function expressReference(value: unknown, pathOf: PathOf): Expression {
  const path = pathOf(value)
  if (path === undefined) throw new CannotExpress()
  return { kind: 'export', path }
}

function expressObject(value: object, pathOf: PathOf, progress: Progress): Expression {
  if (progress.open.includes(value) || types.isProxy(value)) throw new CannotExpress()
  progress.open.push(value)
  try {
    return expressKnown(value, (inner) => expressWhole(inner, pathOf, progress))
  } finally {
    progress.open.pop()
  }
}

function expressKnown(value: object, inner: (value: unknown) => Expression): Expression {
  if (Array.isArray(value)) return expressArray(value, inner)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null)
    return expressPlain(value, prototype === null, inner)
  if (Object.keys(value).length > 0 && !ArrayBuffer.isView(value)) throw new CannotExpress()
  if (prototype === Map.prototype) {
    const entries = [...(value as Map<unknown, unknown>)].map(
      ([key, item]) => [inner(key), inner(item)] as const,
    )
    return { kind: 'map', entries }
  }
  if (prototype === Set.prototype) return { kind: 'set', items: [...(value as Set<unknown>)].map(inner) }
  if (prototype === Date.prototype) return { kind: 'date', time: (value as Date).getTime() }
  if (prototype === RegExp.prototype) return expressRegExp(value as RegExp)
  if (prototype === URL.prototype) return { kind: 'builtin', name: 'URL', of: [constant(String(value))] }
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return expressBytes(value, prototype, inner)
  throw new CannotExpress()
}

function expressArray(value: readonly unknown[], inner: (value: unknown) => Expression): Expression {
  const isSparse = Object.keys(value).length !== value.length
  if (isSparse || Object.getPrototypeOf(value) !== Array.prototype) throw new CannotExpress()
  return { kind: 'array', items: value.map(inner) }
}

function expressPlain(value: object, bare: boolean, inner: (value: unknown) => Expression): Expression {
  if (Object.getOwnPropertySymbols(value).length > 0) throw new CannotExpress()
  const fields = Object.entries(value).map(([key, item]): ExpressionEntry => [key, inner(item)])
  return bare ? { kind: 'object', fields, bare } : { kind: 'object', fields }
}

function expressRegExp(value: RegExp): Expression {
  if (value.lastIndex !== 0) throw new CannotExpress()
  return { kind: 'regexp', source: value.source, flags: value.flags }
}

function expressBytes(
  value: ArrayBufferView,
  prototype: unknown,
  inner: (value: unknown) => Expression,
): Expression {
  const name = value.constructor.name
  if (Reflect.get(globalThis, name)?.prototype !== prototype) throw new CannotExpress()
  return { kind: 'builtin', name, of: [{ kind: 'array', items: [...(value as Uint8Array)].map(inner) }] }
}

/** Words of V8 and of Node, which are not the same in every version. */
export function isRuntimeWording(text: string): boolean {
  return /\b(is|are) not (a function|a constructor|defined|iterable|valid JSON|a valid)|Cannot (read|set|destructure|convert|access|mix|delete|add|assign|create|perform|redefine)\b|Invalid (time value|array length|regular expression|count value|string length|date|code point|URL|flags)|Maximum call stack|Unexpected (token|end of|identifier|number|string|non-whitespace)|JSON at position|Reduce of empty array|radix|must be between|must be an instance of|Class constructor|circular structure|\bnode:internal\b|\n\s+at /.test(
    text,
  )
}
