// Place
//
// Owns:   telling what came twice from what comes late. A sender numbers its mail to each receiver from 1; the
//         receiver keeps the last number it took and which before that have not come.
//
// L1. A number is new exactly once, in whatever order the numbers come (promises P1 and P4).
// L2. What was refused leaves a hole that may stay for ever: holes are bounded, the oldest are given up.

export interface Place {
  readonly last: number
  readonly missing: readonly number[]
}

const MAX_MISSING = 256

/** The place after this number was taken, or undefined when it was taken before. */
export function take(place: Place | undefined, number: number): Place | undefined {
  const { last, missing } = place ?? { last: 0, missing: [] }
  if (number > last)
    return { last: number, missing: [...missing, ...between(last, number)].slice(-MAX_MISSING) }
  if (!missing.includes(number)) return undefined
  return { last, missing: missing.filter((each) => each !== number) }
}

function between(last: number, number: number): number[] {
  const first = Math.max(last + 1, number - MAX_MISSING)
  return Array.from({ length: number - first }, (_, index) => first + index)
}
