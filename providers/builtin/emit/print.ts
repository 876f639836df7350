// Print
//
// Owns:   writing an expression as source.
// Leaves: building the same (inside/build.ts): both must mean the same.

import type { Behaviour, Entry, Expression, Primitive } from '../expression.ts'
import type { Style } from './style.ts'

export interface Printer {
  /** On one line, or broken over several when it would be longer than `width`. */
  print(expression: Expression, indent?: number): string
  text(value: string): string
  key(name: string): string
}

const width = 88

/** `naming` says what an export or an earlier step's result is called in the test. */
export interface Naming {
  path(path: readonly string[]): string
  step(index: number): string
}

export function createPrinter(style: Pick<Style, 'quote' | 'typed'>, naming: Naming): Printer {
  const text = (value: string) => quoteText(value, style.quote)
  const key = (name: string) =>
    name === '__proto__' ? `[${text(name)}]` : isIdentifier(name) ? name : text(name)

  function print(expression: Expression, indent = 0): string {
    const flat = inline(expression)
    return flat.length + indent <= width ? flat : broken(expression, indent)
  }

  function inline(expression: Expression): string {
    switch (expression.kind) {
      case 'constant':
        return constantText(expression.value, text)
      case 'array':
        return `[${expression.items.map(inline).join(', ')}]`
      case 'object':
        return objectText(expression.fields, expression.bare === true)
      case 'map':
        return expression.entries.length === 0
          ? 'new Map()'
          : `new Map([${expression.entries.map(([name, value]) => `[${inline(name)}, ${inline(value)}]`).join(', ')}])`
      case 'set':
        return expression.items.length === 0
          ? 'new Set()'
          : `new Set([${expression.items.map(inline).join(', ')}])`
      case 'date':
        return Number.isNaN(expression.time) ? 'new Date(NaN)' : dateText(expression.time)
      case 'regexp':
        return `/${expression.source || '(?:)'}/${expression.flags}`
      case 'symbol':
        return `Symbol.for(${text(expression.description)})`
      case 'function':
        return functionText(expression.does)
      case 'promise':
        return `Promise.${expression.rejected ? 'reject' : 'resolve'}(${inline(expression.of)})`
      case 'builtin':
        return `new ${expression.name}(${expression.of.map(inline).join(', ')})`
      case 'export':
        return naming.path(expression.path)
      case 'create':
        return `new ${naming.path(expression.path)}(${expression.of.map(inline).join(', ')})`
      case 'call':
        return `${naming.path(expression.path)}(${expression.of.map(inline).join(', ')})`
      case 'step':
        return naming.step(expression.index)
    }
  }

  function dateText(time: number): string {
    const date = new Date(time)
    if (Number.isNaN(date.getTime())) return 'new Date(NaN)'
    return `new Date(${text(date.toISOString())})`
  }

  function objectText(fields: readonly Entry[], bare: boolean): string {
    const parts = fields.map(([name, value]) => `${key(name)}: ${inline(value)}`)
    const all = bare ? ['__proto__: null', ...parts] : parts
    return all.length === 0 ? '{}' : `{ ${all.join(', ')} }`
  }

  function functionText(does: Behaviour): string {
    const start = (does.kind === 'returns' || does.kind === 'throws') && does.async ? 'async ' : ''
    const typed = (names: string, type: string) =>
      style.typed
        ? names
            .split(', ')
            .map((name) => `${name}: ${type}`)
            .join(', ')
        : names
    switch (does.kind) {
      case 'returns':
        return `${start}() => ${body(does.value)}`
      case 'argument':
        return does.index === 0
          ? `(${typed('value', 'unknown')}) => value`
          : `(${typed('_first, second', 'unknown')}) => second`
      case 'throws':
        return `${start}() => { throw new Error(${text(does.message)}) }`
      case 'compares':
        return `(${typed('a, b', 'number')}) => a - b`
      case 'adds':
        return `(${typed('a, b', 'number')}) => a + b`
      case 'negates':
        return `(${typed('value', 'unknown')}) => !value`
      case 'exceeds':
        return `(${typed('value', 'number')}) => value > ${does.limit}`
      case 'equals':
        return `(${typed('value', 'unknown')}) => value === ${inline(does.value)}`
      case 'texts':
        return `(${typed('value', 'unknown')}) => String(value)`
      case 'field':
        return `(${typed('value', `{ ${key(does.name)}: unknown }`)}) => value.${does.name}`
    }
  }

  function body(value: Expression): string {
    const flat = inline(value)
    return flat.startsWith('{') ? `(${flat})` : flat
  }

  function broken(expression: Expression, indent: number): string {
    const space = ' '.repeat(indent + 2)
    const end = ' '.repeat(indent)
    const lines = (parts: readonly string[]) => parts.map((part) => `${space}${part},\n`).join('')
    if (expression.kind === 'array' && expression.items.length > 0)
      return `[\n${lines(expression.items.map((item) => print(item, indent + 2)))}${end}]`
    if (expression.kind === 'object' && expression.fields.length > 0) {
      const fields = expression.fields.map(([name, value]) => `${key(name)}: ${print(value, indent + 2)}`)
      return `{\n${lines(expression.bare ? ['__proto__: null', ...fields] : fields)}${end}}`
    }
    if (expression.kind === 'map' && expression.entries.length > 0)
      return `new Map([\n${lines(expression.entries.map(([name, value]) => `[${inline(name)}, ${print(value, indent + 2)}]`))}${end}])`
    if (expression.kind === 'set' && expression.items.length > 0)
      return `new Set([\n${lines(expression.items.map((item) => print(item, indent + 2)))}${end}])`
    return inline(expression)
  }

  return { print, text, key }
}

export function isIdentifier(name: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(name)
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
