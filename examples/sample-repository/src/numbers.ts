import { ParseError, RangeViolation } from './errors.js'

const NUMERALS: readonly (readonly [string, number])[] = [
  ['M', 1000],
  ['CM', 900],
  ['D', 500],
  ['CD', 400],
  ['C', 100],
  ['XC', 90],
  ['L', 50],
  ['XL', 40],
  ['X', 10],
  ['IX', 9],
  ['V', 5],
  ['IV', 4],
  ['I', 1],
]

export function toRoman(value: number): string {
  if (!Number.isInteger(value) || value < 1 || value > 3999)
    throw new RangeViolation('the number', value, '1 to 3999')
  let rest = value
  let text = ''
  for (const [numeral, size] of NUMERALS) {
    while (rest >= size) {
      text += numeral
      rest -= size
    }
  }
  return text
}

export function fromRoman(text: string): number {
  const upper = text.trim().toUpperCase()
  let value = 0
  let at = 0
  for (const [numeral, size] of NUMERALS) {
    while (upper.startsWith(numeral, at)) {
      value += size
      at += numeral.length
    }
  }
  if (at < upper.length || at === 0) throw new ParseError(`'${text}' is not a roman numeral`, 1, at + 1)
  if (toRoman(value) !== upper) throw new ParseError(`'${text}' is usually written ${toRoman(value)}`, 1, 1)
  return value
}

/** `1-3,7,10-` within a last page: [1, 2, 3, 7, 10, 11, 12]. */
export function parseRanges(text: string, last: number): number[] {
  const pages = new Set<number>()
  for (const part of text.split(',').map((piece) => piece.trim())) {
    if (part === '') continue
    const match = /^(\d*)(\s*-\s*)?(\d*)$/.exec(part)
    if (match === null || part === '-')
      throw new ParseError(`'${part}' is not a range`, 1, text.indexOf(part) + 1)
    const [, first, dash, end] = match
    const from = first === '' ? 1 : Number(first)
    const to = dash === undefined ? from : end === '' ? last : Number(end)
    if (from < 1 || to > last || from > to)
      throw new RangeViolation(`the range ${part}`, from, `1 to ${last}, rising`)
    for (let page = from; page <= to; page += 1) pages.add(page)
  }
  return [...pages].sort((a, b) => a - b)
}

/** Nearest neighbour and half away from zero, which is what invoices ask for. */
export function roundTo(value: number, digits = 0): number {
  const scale = 10 ** digits
  const rounded = Math.round(Math.abs(value) * scale + Number.EPSILON * scale) / scale
  return value < 0 && rounded !== 0 ? -rounded : rounded
}

export interface Summary {
  count: number
  mean: number
  median: number
  /** The most frequent value; the smallest of several. */
  mode: number
}

export function summarize(values: readonly number[]): Summary | undefined {
  if (values.length === 0) return undefined
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] as number
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2
  const counts = new Map<number, number>()
  for (const value of sorted) counts.set(value, (counts.get(value) ?? 0) + 1)
  const [mode] = [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best))
  return { count: values.length, mean: values.reduce((a, b) => a + b, 0) / values.length, median, mode }
}
