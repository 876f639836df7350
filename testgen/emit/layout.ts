// Layout
//
// Owns:   breaking long lines as people do: a lone object hugs its brackets, arguments go on lines
//         of their own.
// Leaves: the text itself (print.ts, write-case.ts).

export const MAX_WIDTH = 96

/** Text that can be laid out on one line or, from a given indentation on, on several. */
export interface LayoutPiece {
  readonly flat: string
  broken(indent: number): string
  /** Starts with a bracket that may follow the call's own. */
  readonly hugs: boolean
}

export function plain(text: string): LayoutPiece {
  return { flat: text, broken: () => text, hugs: false }
}

/** `head(a, b)` as a piece. */
export function call(head: string, values: readonly LayoutPiece[]): LayoutPiece {
  return {
    flat: `${head}(${values.map(({ flat }) => flat).join(', ')})`,
    broken: (indent) => brokenCall(head, values, indent),
    hugs: false,
  }
}

/** A piece with something fixed before and after it. */
export function around(before: string, piece: LayoutPiece, after = ''): LayoutPiece {
  return {
    flat: before + piece.flat + after,
    broken: (indent) => before + piece.broken(indent) + after,
    hugs: false,
  }
}

/** Laid out from `indent` on, with `room` characters to come after it on its last line. */
export function layOut(piece: LayoutPiece, indent: number, room = 0): string {
  return fits(piece.flat, indent, room) ? piece.flat : piece.broken(indent)
}

export function fits(text: string, indent: number, room = 0): boolean {
  return indent + visible(text) + room <= MAX_WIDTH && !text.includes('\n')
}

function brokenCall(head: string, values: readonly LayoutPiece[], indent: number): string {
  const last = values.at(-1)
  if (last === undefined) return `${head}()`
  const before = values.slice(0, -1).map(({ flat }) => flat)
  const start = `${head}(${before.map((text) => `${text}, `).join('')}`
  const mayHug = last.hugs && fits(start, indent, 1) && values.slice(0, -1).every(({ hugs }) => !hugs)
  if (mayHug) return `${start}${last.broken(indent)})`
  const space = ' '.repeat(indent + 2)
  const lines = values.map((value) => `${space}${layOut(value, indent + 2, 1)},\n`)
  return `${head}(\n${lines.join('')}${' '.repeat(indent)})`
}

// Places are marked while a file is put together, to be found again by the compiler's positions.
const [opened, named, closed] = ['\uE000', '\uE001', '\uE002']

export interface TextRange {
  readonly place: string
  readonly start: number
  readonly end: number
}

export function mark(place: string, text: string): string {
  return `${opened}${place}${named}${text}${closed}`
}

export function markPiece(place: string, piece: LayoutPiece): LayoutPiece {
  return {
    flat: mark(place, piece.flat),
    broken: (indent) => mark(place, piece.broken(indent)),
    hugs: piece.hugs,
  }
}

function visible(text: string): number {
  return text.replace(/\uE000[^\uE001]*\uE001|\uE002/g, '').length
}

/** A text that is laid out with two spaces a level, with another indentation. */
export function indentedBy(unit: string, text: string): string {
  return text.replace(
    /^((?:\uE000[^\uE001]*\uE001|\uE002)*)((?: {2})+)/gm,
    (_, marks: string, spaces: string) => marks + unit.repeat(spaces.length / 2),
  )
}

/** The text without its marks, and where they were, inner ones after the outer. */
export function unmark(text: string): { readonly text: string; readonly ranges: readonly TextRange[] } {
  const ranges: { place: string; start: number; end: number }[] = []
  const open: number[] = []
  let plainText = ''
  for (const [token] of text.matchAll(/\uE000[^\uE001]*\uE001|\uE002|[^\uE000-\uE002]+/g)) {
    if (token.startsWith(opened))
      open.push(ranges.push({ place: token.slice(1, -1), start: plainText.length, end: 0 }) - 1)
    else if (token === closed) {
      const range = ranges[open.pop() ?? -1]
      if (range !== undefined) range.end = plainText.length
    } else plainText += token
  }
  return { text: plainText, ranges }
}
