// Report text
//
// Owns:   how much is read of what tests left: reports and coverage are data of a stranger, and reading them is done by the
//         process that does everything else.
//
// R1. What can be read takes a few hundred megabytes and a second or two, whatever is in it.

import { parseJson } from '../../kernel/index.ts'

export const MOST_REPORT_BYTES = 256 * 1024 * 1024
/** Of one process; there are many. */
export const MOST_COUNTED_BYTES = 64 * 1024 * 1024
export const MOST_TESTS = 100_000
/** The coverage of half a million statements. */
const MOST_VALUES = 4_000_000

/** Throws a SyntaxError for what is no JSON, and for more than is read (R1). */
export function parseReport(text: string): unknown {
  return parseJson(text, MOST_VALUES)
}

export function refuseTests(number: number): void {
  if (number > MOST_TESTS) throw new SyntaxError(`it tells of more than ${MOST_TESTS} tests`)
}
