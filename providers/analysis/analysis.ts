// Analysis
//
// Owns:   what this room's parsers offer to the workspace, in one object.

import { parseProblem } from './parse-problem.ts'
import type { ChangeFinding, TestQuestion } from './tests.ts'

/** The parsers behind the workspace's tools and gates. */
export const analysis = {
  parseProblem,
  // Loaded when first asked, as the compiler is.
  judgeTests: async (question: TestQuestion): Promise<ChangeFinding[]> =>
    (await import('./tests.ts')).judgeTests(question),
}
