// Print text
//
// Owns:   texts, names, numbers and patterns as source: quotes, and characters that are escaped.
// Leaves: expressions made of them (print.ts).

import type { Primitive } from '../expression.ts'

export function isIdentifier(name: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(name)
}

/** `subject.name`, or brackets when the key is not an identifier. */
export function memberOf(subject: string, name: string, text: (value: string) => string): string {
  return isIdentifier(name) ? `${subject}.${name}` : `${subject}[${text(name)}]`
}

/** A pattern with characters to escape is built from a string: escaped in a literal it would be another pattern. */
export function regexpText(source: string, flags: string, text: (value: string) => string): string {
  const isReadable = [...source].every(
    (character) => escapeCharacter(character, '') === character || character === '\\',
  )
  if (isReadable) return `/${source || '(?:)'}/${flags}`
  return `new RegExp(${[source, ...(flags === '' ? [] : [flags])].map(text).join(', ')})`
}

export function constantText(value: Primitive, text: (value: string) => string): string {
  if (typeof value === 'string') return text(value)
  if (typeof value === 'bigint') return `${value}n`
  return Object.is(value, -0) ? '-0' : String(value)
}

export function quoteText(value: string, preferred: "'" | '"'): string {
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
