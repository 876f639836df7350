// Nearest name
//
// Owns:   finding the known name that a misspelt one most probably means.
// Leaves: which names are known, and telling it (schema.ts).

/**
 * The known name that needs the fewest single edits (a letter more, less, replaced, or two swapped); undefined when
 * more than a third of the letters would change. Case, dashes, dots and underscores do not count.
 */
export function nearestName(wrong: string, known: readonly string[]): string | undefined {
  const letters = plain(wrong)
  const ranked = known
    .map((name) => ({ name, edits: editsBetween(letters, plain(name)) }))
    .filter(({ name, edits }) => edits <= Math.floor(Math.max(letters.length, plain(name).length) / 3))
    .toSorted((one, other) => one.edits - other.edits)
  return ranked[0]?.name
}

/** Longer names are no misspellings, and would make the comparison slow. */
const MAX_LETTERS = 60

function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/[-_. ]/g, '')
    .slice(0, MAX_LETTERS)
}

function editsBetween(one: string, other: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1]
      const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      current[column] = Math.min(
        cost(last, column) + 1,
        cost(current, column - 1) + 1,
        cost(last, column - 1) + (isSame ? 0 : 1),
        isSwapped ? cost(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    beforeLast = last
    last = current
  }
  return cost(last, other.length)
}

function cost(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
