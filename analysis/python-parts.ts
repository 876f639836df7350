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

/** The parts of a text between separators outside brackets and strings. */
export function splitOpen(text: string, separator: RegExp): { parts: string[]; found: string[] } {
  const parts: string[] = []
  const found: string[] = []
  let [depth, from] = [0, 0]
  const sticky = new RegExp(separator.source, 'y')
  for (let at = 0; at < text.length; ) {
    const char = text[at] ?? ''
    sticky.lastIndex = at
    const match = depth === 0 ? sticky.exec(text)?.[0] : undefined
    if (match !== undefined && match !== '') {
      parts.push(text.slice(from, at).trim())
      found.push(match.trim())
      at += match.length
      from = at
    } else if (isQuote(char)) at = endOfString(text, at, isFormatted(text, at)).end
    else {
      if ('([{'.includes(char)) depth++
      if (')]}'.includes(char)) depth--
      at++
    }
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
