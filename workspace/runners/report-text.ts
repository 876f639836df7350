// Report text
//
// Limits the reading of reports and coverage: they are untrusted data, and the process that reads them does everything
// else, too.
//
// R1. An accepted report takes at most a few hundred megabytes and a second or two, for any content.

import { parseJson } from '../../kernel/index.ts'

export const MAX_REPORT_BYTES = 256 * 1024 * 1024
/** Of one process; there are many. */
export const MAX_COUNTED_BYTES = 64 * 1024 * 1024
export const MAX_TESTS = 100_000
/** The coverage of half a million statements. */
const MAX_VALUES = 4_000_000

/** Throws a SyntaxError for invalid JSON, and for a report above the limits (R1). */
export function parseReport(text: string): unknown {
  return parseJson(text, MAX_VALUES)
}

export function refuseTests(number: number): void {
  if (number > MAX_TESTS) throw new SyntaxError(`it tells of more than ${MAX_TESTS} tests`)
}
