// Analysis
//
// Owns:   the port to whoever can parse source: what the tools and gates of this room ask about it.
// Leaves: the parsers (analysis/), handing them in (app/).
//
// A1. Nothing of the repository is run to answer, and no answer is thrown: source that nobody can read is `undefined`.

import type {
  ChangeFinding,
  DeclaredTests,
  Mutant,
  MutantQuestion,
  Substance,
  TestQuestion,
} from '../machines/index.ts'

export interface Analysis {
  /** Why the source cannot be parsed, with line and column; undefined when it can, or when nobody here reads the language. */
  parseProblem(path: string, source: string): string | undefined
  /** Undefined: nobody here reads the language. */
  substance(path: string, source: string): Substance | undefined
  /** What a change does to tests, and code that plays to them; undefined: nobody here can tell. Rejects what takes too long. */
  judgeTests(question: TestQuestion): Promise<ChangeFinding[]> | undefined
  /** Undefined: nobody here reads the language. */
  declaredTests(path: string, text: string): Promise<DeclaredTests | undefined>
  /** Small changes to a program; undefined: nobody here can make any. */
  mutants(question: MutantQuestion): Promise<Mutant[]> | undefined
}

/** For those who have no parser at hand: it objects to nothing. */
export const NO_ANALYSIS: Analysis = {
  parseProblem: () => undefined,
  substance: () => undefined,
  judgeTests: () => undefined,
  declaredTests: async () => undefined,
  mutants: () => undefined,
}
