// Analysis
//
// The port to a parser of source: the questions of gates and tools.
// Leaves: the parsers (analysis/), passing them in (app/).
//
// No answer runs code of the repository, and none throws: unreadable source gives `undefined`.

import type {
  ChangeFinding,
  DeclaredTests,
  Mutant,
  MutantQuestion,
  Substance,
  TestQuestion,
} from '../machines/index.ts'

export interface SourceAnalysis {
  /**
   * Why the source cannot be parsed, with line and column; undefined when it can, or when the language has no parser.
   */
  parseProblem(path: string, source: string): string | undefined
  /** Undefined: the language has no parser. */
  substance(path: string, source: string): Substance | undefined
  /** Changes to tests, and code that detects tests; undefined: no parser. Rejects when it takes too long. */
  judgeTests(question: TestQuestion): Promise<ChangeFinding[]> | undefined
  /** Undefined: the language has no parser. */
  declaredTests(path: string, text: string): Promise<DeclaredTests | undefined>
  /** Small changes to a program; undefined: none can be made in this language. */
  mutants(question: MutantQuestion): Promise<Mutant[]> | undefined
}

/** Used without a parser: it finds nothing. */
export const NO_ANALYSIS: SourceAnalysis = {
  parseProblem: () => undefined,
  substance: () => undefined,
  judgeTests: () => undefined,
  declaredTests: async () => undefined,
  mutants: () => undefined,
}
