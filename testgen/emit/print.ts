// Print
//
// Owns:   writing an expression as source.
// Leaves: texts and names (print-text.ts), callbacks (print-callback.ts), building the same (inside/build.ts): both must mean the same.

import type { Expression, ExpressionEntry } from '../expression.ts'
import { type LayoutPiece, layOut } from './layout.ts'
import { callbackText } from './print-callback.ts'
import { constantText, isIdentifier, quoteText, regexpText } from './print-text.ts'
import type { Printer } from './printer.ts'
import type { Style } from './style.ts'

/** The names of exports and of earlier steps' results in the test. */
export interface TestNames {
  path(path: readonly string[]): string
  step(index: number): string
}

/** `annotated` callbacks say the types of their parameters, for where nothing else does. */
export function createPrinter(quote: Style['quote'], naming: TestNames, annotated = false): Printer {
  const text = (value: string) => quoteText(value, quote)
  const key = (name: string) =>
    name === '__proto__' ? `[${text(name)}]` : isIdentifier(name) ? name : text(name)

  function flat(expression: Expression): string {
    switch (expression.kind) {
      case 'constant':
        return constantText(expression.value, text)
      case 'array':
        return list(expression.items)
      case 'object':
        return objectText(expression.fields, expression.bare === true)
      case 'map':
        return expression.entries.length === 0
          ? 'new Map()'
          : `new Map([${expression.entries.map(pair).join(', ')}])`
      case 'set':
        return expression.items.length === 0 ? 'new Set()' : `new Set(${list(expression.items)})`
      case 'date':
        return dateText(expression.time)
      case 'regexp':
        return regexpText(expression.source, expression.flags, text)
      case 'symbol':
        return `Symbol.for(${text(expression.description)})`
      case 'function':
        return callbackText(expression.does, { flat, text, key }, annotated)
      case 'promise':
        return `Promise.${expression.rejected ? 'reject' : 'resolve'}(${flat(expression.of)})`
      case 'builtin':
        return `new ${expression.name}(${expression.of.map(flat).join(', ')})`
      case 'export':
        return naming.path(expression.path)
      case 'create':
        return `new ${naming.path(expression.path)}(${expression.of.map(flat).join(', ')})`
      case 'call':
        return `${naming.path(expression.path)}(${expression.of.map(flat).join(', ')})`
      case 'step':
        return naming.step(expression.index)
    }
  }

  function list(items: readonly Expression[]): string {
    return `[${items.map(flat).join(', ')}]`
  }

  function pair([name, value]: readonly [Expression, Expression]): string {
    return `[${flat(name)}, ${flat(value)}]`
  }

  function dateText(time: number): string {
    const date = new Date(time)
    return Number.isNaN(date.getTime()) ? 'new Date(NaN)' : `new Date(${text(date.toISOString())})`
  }

  function objectText(fields: readonly ExpressionEntry[], bare: boolean): string {
    const parts = fields.map(([name, value]) => `${key(name)}: ${flat(value)}`)
    const all = bare ? ['__proto__: null', ...parts] : parts
    return all.length === 0 ? '{}' : `{ ${all.join(', ')} }`
  }

  function piece(expression: Expression): LayoutPiece {
    const hugs =
      (expression.kind === 'array' && expression.items.length > 0) ||
      (expression.kind === 'object' && expression.fields.length > 0) ||
      ((expression.kind === 'map' || expression.kind === 'set') && !flat(expression).endsWith('()'))
    return { flat: flat(expression), broken: (indent) => broken(expression, indent), hugs }
  }

  function broken(expression: Expression, indent: number): string {
    const lines = (parts: readonly string[]) =>
      parts.map((part) => `${' '.repeat(indent + 2)}${part},\n`).join('')
    const end = ' '.repeat(indent)
    const inner = (value: Expression, used = 0) => layOut(piece(value), indent + 2 + used, 1)
    if (expression.kind === 'array' && expression.items.length > 0)
      return `[\n${lines(expression.items.map((item) => inner(item)))}${end}]`
    if (expression.kind === 'object' && expression.fields.length > 0) {
      const fields = expression.fields.map(
        ([name, value]) => `${key(name)}: ${inner(value, key(name).length + 2)}`,
      )
      return `{\n${lines(expression.bare ? ['__proto__: null', ...fields] : fields)}${end}}`
    }
    if (expression.kind === 'map' && expression.entries.length > 0)
      return `new Map([\n${lines(expression.entries.map(pair))}${end}])`
    if (expression.kind === 'set' && expression.items.length > 0)
      return `new Set([\n${lines(expression.items.map((item) => inner(item)))}${end}])`
    return flat(expression)
  }

  return { piece, flat, text, key }
}
