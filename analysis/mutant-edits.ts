// Mutant edits
//
// Chooses among small changes of a text, and makes them.
// Leaves: finding the changes (mutants.ts, python-mutants.ts).
//
// E1. The same changes give the same mutants, spread evenly over the lines.

import type { Mutant, MutantQuestion } from '../machines/index.ts'

export interface Edit {
  readonly start: number
  readonly end: number
  readonly by: string
}

export interface PlacedEdit extends Edit {
  /** What ends the process there, before its statement; absent: nothing can be put there. */
  readonly ended?: { readonly at: number; readonly by: string }
}

export function mutantsBy(
  { path, text, most }: Pick<MutantQuestion, 'path' | 'text' | 'most'>,
  byLine: ReadonlyMap<number, readonly PlacedEdit[]>,
): Mutant[] {
  const at = (start: number, end: number, by: string) => text.slice(0, start) + by + text.slice(end)
  return spread(byLine, most).map(({ line, edit: { start, end, by, ended } }) => ({
    path,
    line,
    text: at(start, end, by),
    what: `${shown(text.slice(start, end))} became ${shown(by)}`,
    ...(ended === undefined ? {} : { ended: at(ended.at, ended.at, ended.by) }),
  }))
}

/** One of each line, evenly over all lines when there are too many, then a second of each, and so on. */
function spread(
  byLine: ReadonlyMap<number, readonly PlacedEdit[]>,
  most: number,
): { line: number; edit: PlacedEdit }[] {
  const chosen: { line: number; edit: PlacedEdit }[] = []
  const lines = [...byLine].sort(([a], [b]) => a - b)
  for (let round = 0; chosen.length < most; round++) {
    const left = lines.flatMap(([line, edits]) =>
      edits.slice(round, round + 1).map((edit) => ({ line, edit })),
    )
    if (left.length === 0) break
    const room = most - chosen.length
    const step = Math.max(1, left.length / room)
    for (let at = 0; at < left.length && chosen.length < most; at += step) {
      const one = left[Math.floor(at)]
      if (one !== undefined) chosen.push(one)
    }
  }
  return chosen
}

function shown(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line === '' ? 'nothing' : line.length > 60 ? `${line.slice(0, 57)}...` : line
}
