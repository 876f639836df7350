// Mail position
//
// Owns:   telling duplicate mail from late mail. A sender numbers its mail to each receiver from 1; the receiver keeps
//         the last number it took and the missing numbers before it.
//
// Each number is new exactly once, in whatever order the numbers arrive (promises P1 and P4).
//
// A refused mail leaves a number missing for ever, so the list of missing numbers is bounded: the oldest are dropped.

export interface MailPosition {
  readonly last: number
  readonly missing: readonly number[]
}

const MAX_MISSING = 256

/** The state after this number was taken, or undefined when it was taken before. */
export function take(place: MailPosition | undefined, number: number): MailPosition | undefined {
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
