// V8 source map
//
// Moves V8's ranges from transpiled code to the source, by the map that Node records beside the counts.
//
// Node records the lengths of the transpiled lines, not their text. A range begins at the first place in it that the
// map names, and ends behind the last one.

import { z } from 'zod'

export const recordedMapSchema = z.object({
  lineLengths: z.array(z.int()),
  data: z.object({ mappings: z.string(), sources: z.array(z.string().nullable()) }).nullable(),
})
export type RecordedMap = z.infer<typeof recordedMapSchema>

export interface V8Range {
  readonly startOffset: number
  readonly endOffset: number
  readonly count: number
}

interface V8Function {
  readonly functionName: string
  readonly isBlockCoverage: boolean
  readonly ranges: readonly V8Range[]
}

interface Segment {
  /** Offset in the transpiled code. */
  readonly from: number
  /** Offset in the source. */
  readonly to: number
}

/** The functions with offsets of the source; those without any place in it are left out. */
export function mapFunctions(
  functions: readonly V8Function[],
  { lineLengths, data }: RecordedMap,
  source: string,
): V8Function[] {
  const segments = segmentsOf(data?.mappings ?? '', lineLengths, source)
  return functions.flatMap((one) => {
    const ranges = one.ranges.flatMap((range, at) => {
      if (at === 0 && range.startOffset === 0) return { ...range, endOffset: source.length }
      return mapRange(range, segments, { source, isBlock: at > 0 })
    })
    return ranges.length === 0 ? [] : [{ ...one, ranges }]
  })
}

function mapRange(
  range: V8Range,
  segments: readonly Segment[],
  { source, isBlock }: { source: string; isBlock: boolean },
): V8Range[] {
  const first = firstAtOrAfter(segments, range.startOffset)
  let end = -1
  for (let at = first; at < segments.length; at += 1) {
    const { from, to } = segments[at] as Segment
    if (from >= range.endOffset) break
    end = Math.max(end, to)
  }
  const start = segments[first]?.to
  if (start === undefined || end < start) return []
  return [
    {
      ...range,
      startOffset: isBlock ? withBrace(source, start) : withKeyword(source, start),
      endOffset: end + 1,
    },
  ]
}

/** Some maps name the first statement of a block and not its brace, where V8's range begins. */
function withBrace(source: string, start: number): number {
  if (source[start] === '{') return start
  let at = start
  while (at > 0 && /\s/.test(source[at - 1] ?? '')) at -= 1
  return source[at - 1] === '{' ? at - 1 : at
}

const KEYWORDS = /(?:\b(?:async|function|static|get|set)\b\s*|\*\s*)+$/

/** Some maps name a function by its name and not by its keyword, where V8's range begins. */
function withKeyword(source: string, start: number): number {
  const [keywords = ''] = KEYWORDS.exec(source.slice(Math.max(0, start - 40), start)) ?? []
  return start - keywords.length
}

function firstAtOrAfter(segments: readonly Segment[], offset: number): number {
  let [low, high] = [0, segments.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((segments[middle] as Segment).from < offset) low = middle + 1
    else high = middle
  }
  return low
}

function segmentsOf(mappings: string, lineLengths: readonly number[], source: string): Segment[] {
  const sourceLines = startsOf(source.split('\n').map(({ length }) => length))
  const lines = startsOf(lineLengths)
  const segments: Segment[] = []
  let [file, line, column] = [0, 0, 0]
  for (const [number, text] of mappings.split(';').entries()) {
    let generated = 0
    for (const fields of text.split(',').filter(Boolean).map(decoded)) {
      generated += fields[0] ?? 0
      if (fields.length < 4) continue
      file += fields[1] ?? 0
      line += fields[2] ?? 0
      column += fields[3] ?? 0
      const [from, to] = [lines[number], sourceLines[line]]
      if (file === 0 && from !== undefined && to !== undefined)
        segments.push({ from: from + generated, to: to + column })
    }
  }
  return segments.sort((one, other) => one.from - other.from)
}

function startsOf(lengths: readonly number[]): number[] {
  let start = 0
  return lengths.map((length) => {
    const here = start
    start += length + 1
    return here
  })
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Base64 VLQ, as source maps have it. */
function decoded(text: string): number[] {
  const numbers: number[] = []
  let [value, shift] = [0, 0]
  for (const letter of text) {
    const digit = DIGITS.indexOf(letter)
    value += (digit & 31) << shift
    shift += 5
    if (digit & 32) continue
    numbers.push(value & 1 ? -(value >> 1) : value >> 1)
    ;[value, shift] = [0, 0]
  }
  return numbers
}
