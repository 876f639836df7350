// Analysis
//
// The functions of this room that read sources, as one object for tools and gates. The compiler is loaded at its first use.

import type { ChangeFinding, DeclaredTests, Mutant, MutantQuestion, TestQuestion } from '../machines/index.ts'
import { parseProblem } from './parse-problem.ts'
import { pythonMutantsOf } from './python-mutants.ts'
import { substanceOf } from './substance.ts'

/** The parsers behind the workspace's tools and gates. */
export const analysis = {
  parseProblem,
  substance: substanceOf,
  // Loaded at the first call, as the compiler is.
  judgeTests: async (question: TestQuestion): Promise<ChangeFinding[]> =>
    (await import('./tests.ts')).judgeTests(question),
  declaredTests: async (path: string, text: string): Promise<DeclaredTests | undefined> =>
    (await import('./declared-tests.ts')).declaredTests(path, text),
  mutants: async (question: MutantQuestion): Promise<Mutant[]> =>
    question.path.endsWith('.py')
      ? pythonMutantsOf(question)
      : (await import('./mutants.ts')).mutantsOf(question),
}
