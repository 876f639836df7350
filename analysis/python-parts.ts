// Python: parts
//
// Takes the text of a statement apart: by separators outside brackets and strings, by calls, by names.

import { endOfString, isFormatted, isQuote } from './python-strings.ts'

const WORD_OR_STRING = /[a-z]{0,2}(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?<![\w.])[A-Za-z_][\w.]*/gi

/** A statement's text with names replaced: the longest part `a.b` of `a.b.c` that has a value. Not names of keyword arguments. */
export function replaceNames(text: string, lookUp: (name: string) => string | undefined): string {
  return text.replaceAll(WORD_OR_STRING, (found: string, offset: number) => {
    if (/["']$/.test(found) || /^=[^=]/.test(text.slice(offset + found.length, offset + found.length + 2)))
      return found
    const parts = found.split('.')
    for (let count = parts.length; count > 0; count--) {
      const value = lookUp(parts.slice(0, count).join('.'))
      if (value !== undefined) return [value, ...parts.slice(count)].join('.')
    }
    return found
  })
}

interface SplitPatterns {
  /** A separator, a quote or a bracket. */
  readonly outside: RegExp
  /** A quote or a bracket. */
  readonly inside: RegExp
}

const MARKS = `["'()[\\]{}]`
const patterns = new Map<string, SplitPatterns>()

function patternsOf({ source }: RegExp): SplitPatterns {
  const known = patterns.get(source)
  if (known !== undefined) return known
  const made = { outside: new RegExp(`(${source})|${MARKS}`, 'g'), inside: new RegExp(MARKS, 'g') }
  patterns.set(source, made)
  return made
}

/** The parts of a text between separators outside brackets and strings. */
export function splitOpen(text: string, separator: RegExp): { parts: string[]; found: string[] } {
  const parts: string[] = []
  const found: string[] = []
  let [depth, from] = [0, 0]
  const { outside, inside } = patternsOf(separator)
  for (let at = 0; ; ) {
    const pattern = depth === 0 ? outside : inside
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match === null) break
    const [mark, separating] = match
    at = match.index + mark.length
    if (separating !== undefined) {
      parts.push(text.slice(from, match.index).trim())
      found.push(separating.trim())
      from = at
    } else if (isQuote(mark)) at = endOfString(text, match.index, isFormatted(text, match.index)).end
    else depth += '([{'.includes(mark) ? 1 : -1
  }
  parts.push(text.slice(from).trim())
  return { parts, found }
}

export interface PythonCall {
  readonly name: string
  readonly arguments: readonly string[]
}

const MAX_CALLS = 20

/** The first 20 calls whose name is wanted; `call` matches a name with the opening bracket. */
export function callsOf(text: string, call: RegExp, isWanted = (_name: string) => true): PythonCall[] {
  const found: PythonCall[] = []
  for (const { 0: head, index } of text.matchAll(new RegExp(call.source, 'g'))) {
    const name = head.slice(0, -1)
    if (!isWanted(name)) continue
    const { parts } = splitOpen(untilClosed(text.slice(index + head.length)), /,/)
    found.push({ name, arguments: parts.filter((part) => part !== '') })
    if (found.length >= MAX_CALLS) break
  }
  return found
}

export function argumentsOf(text: string, call: RegExp): readonly string[] | undefined {
  return callsOf(text, call)[0]?.arguments
}

function untilClosed(text: string): string {
  const { parts } = splitOpen(`${text})`, /[)\]}]/)
  return parts[0] ?? ''
}
