// Print
//
// Owns:   writing an expression as source.
// Leaves: building the same (inside/build.ts): both must mean the same.

import type { Behaviour, Expression, ExpressionEntry, Primitive } from '../expression.ts'
import { type LayoutPiece, layOut } from './layout.ts'
import type { Style } from './style.ts'

export interface Printer {
  piece(expression: Expression): LayoutPiece
  /** All on one line. */
  flat(expression: Expression): string
  text(value: string): string
  key(name: string): string
}

/** What an export or an earlier step's result is called in the test. */
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
        return functionText(expression.does)
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

  function functionText(does: Behaviour): string {
    const start = 'async' in does && does.async ? 'async ' : ''
    const typed = (type: string, ...names: string[]) =>
      names.map((name) => (annotated ? `${name}: ${type}` : name)).join(', ')
    switch (does.kind) {
      case 'returns':
        return `${start}() => ${body(does.value)}`
      case 'argument':
        return does.index === 0
          ? `(${typed('unknown', 'value')}) => value`
          : `(${typed('unknown', '_first', 'second')}) => second`
      case 'throws':
        return `${start}() => { throw ${does.bare ? text(does.message) : `new Error(${text(does.message)})`} }`
      case 'compares':
        return `(${typed('number', 'a', 'b')}) => a - b`
      case 'adds':
        return `(${typed('number', 'a', 'b')}) => a + b`
      case 'negates':
        return `(${typed('unknown', 'value')}) => !value`
      case 'exceeds':
        return `(${typed('number', 'value')}) => value > ${does.limit}`
      case 'equals':
        return `(${typed('unknown', 'value')}) => value === ${operand(does.value)}`
      case 'invokes':
        return `${start}(${invokedNames(does.index)}) => callback(${does.of.map(given).join(', ')})`
      case 'texts':
        return `(${typed('unknown', 'value')}) => String(value)`
      case 'field':
        return `(${typed(`{ ${key(does.name)}: unknown }`, 'value')}) => ${memberOf('value', does.name, text)}`
    }
  }

  function invokedNames(index: number): string {
    const before = index === 0 ? [] : [annotated ? '_first: unknown' : '_first']
    return [...before, annotated ? 'callback: (...values: never[]) => unknown' : 'callback'].join(', ')
  }

  function given(value: Expression): string {
    return annotated ? `${operand(value)} as never` : flat(value)
  }

  function body(value: Expression): string {
    const inline = flat(value)
    return inline.startsWith('{') ? `(${inline})` : inline
  }

  /** An arrow function ends where its expression does. */
  function operand(value: Expression): string {
    return value.kind === 'function' ? `(${flat(value)})` : flat(value)
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

export function isIdentifier(name: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(name)
}

/** `subject.name`, or brackets when the key is not an identifier. */
export function memberOf(subject: string, name: string, text: (value: string) => string): string {
  return isIdentifier(name) ? `${subject}.${name}` : `${subject}[${text(name)}]`
}

/** A pattern with characters to escape is built from a string: escaped in a literal it would be another pattern. */
function regexpText(source: string, flags: string, text: (value: string) => string): string {
  const isReadable = [...source].every(
    (character) => escapeCharacter(character, '') === character || character === '\\',
  )
  if (isReadable) return `/${source || '(?:)'}/${flags}`
  return `new RegExp(${[source, ...(flags === '' ? [] : [flags])].map(text).join(', ')})`
}

function constantText(value: Primitive, text: (value: string) => string): string {
  if (typeof value === 'string') return text(value)
  if (typeof value === 'bigint') return `${value}n`
  return Object.is(value, -0) ? '-0' : String(value)
}

function quoteText(value: string, preferred: "'" | '"'): string {
  const other = preferred === "'" ? '"' : "'"
  const quote = value.includes(preferred) && !value.includes(other) ? other : preferred
  let made = ''
  for (const character of value) made += escapeCharacter(character, quote)
  return quote + made + quote
}

const escapes: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\v': '\\v',
}

function escapeCharacter(character: string, quote: string): string {
  if (character === quote) return `\\${quote}`
  const known = escapes[character]
  if (known !== undefined) return known
  if ((character >= ' ' && character <= '~') || /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character)) return character
  const code = character.codePointAt(0) ?? 0
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`
}
