// Analysis
//
// Owns:   the port to whoever can parse source: what the tools and gates of this room ask about it.
// Leaves: the parsers (providers/analysis/), handing them in (cli/).
//
// A1. Nothing of the repository is run to answer, and no answer is thrown: source that nobody can read is `undefined`.

/** A file before and after a change; absent: there is none. */
export interface FileChange {
  readonly path: string
  readonly before?: string | undefined
  readonly after?: string | undefined
}

/** What a change does that it should not, and of which kind it is: `loosened`, `skipped_test`, ... */
export interface ChangeFinding {
  readonly kind: string
  readonly path: string
  readonly line?: number | undefined
  readonly message: string
}

export interface TestQuestion {
  /** Files of tests that the change touches. */
  readonly tests: readonly FileChange[]
  /** Other files of code that it touches. */
  readonly sources: readonly FileChange[]
  /** Tests it does not touch and that may be of those sources. */
  readonly others?: readonly { readonly path: string; readonly text: string }[]
}

/** A program with one small change in it that a test should notice. */
export interface Mutant {
  readonly path: string
  readonly line: number
  readonly text: string
  readonly what: string
}

export interface MutantQuestion {
  readonly path: string
  readonly text: string
  /** Counted from 1; absent: all. */
  readonly lines?: ReadonlySet<number>
  readonly most: number
}

/** What of a source is more than words. */
export interface Substance {
  /** Equal for sources that differ in comments and spaces only. */
  readonly program: string
  /** Where it says that something is still to be done. */
  readonly stubs: readonly { readonly line: number; readonly text: string }[]
}

export interface Analysis {
  /** Why the source cannot be parsed, with line and column; undefined when it can, or when nobody here reads the language. */
  parseProblem(path: string, source: string): string | undefined
  /** Undefined: nobody here reads the language. */
  substance(path: string, source: string): Substance | undefined
  /** What a change does to tests, and code that plays to them; undefined: nobody here can tell. Rejects what takes too long. */
  judgeTests(question: TestQuestion): Promise<ChangeFinding[]> | undefined
  /** Small changes to a program; undefined: nobody here can make any. */
  mutants(question: MutantQuestion): Promise<Mutant[]> | undefined
}

/** For those who have no parser at hand: it objects to nothing. */
export const NO_ANALYSIS: Analysis = {
  parseProblem: () => undefined,
  substance: () => undefined,
  judgeTests: () => undefined,
  mutants: () => undefined,
}
