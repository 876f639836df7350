// Analysis
//
// Owns:   what this room's parsers offer to the workspace, in one object.

import type { ChangeFinding, DeclaredTests, Mutant, MutantQuestion, TestQuestion } from '../machines/index.ts'
import { parseProblem } from './parse-problem.ts'
import { substanceOf } from './substance.ts'

/** The parsers behind the workspace's tools and gates. */
export const analysis = {
  parseProblem,
  substance: substanceOf,
  // Loaded when first asked, as the compiler is.
  judgeTests: async (question: TestQuestion): Promise<ChangeFinding[]> =>
    (await import('./tests.ts')).judgeTests(question),
  declaredTests: async (path: string, text: string): Promise<DeclaredTests | undefined> =>
    (await import('./declared-tests.ts')).declaredTests(path, text),
  mutants: async (question: MutantQuestion): Promise<Mutant[]> =>
    (await import('./mutants.ts')).mutantsOf(question),
}
