// Source analysis
//
// Owns:   the words in which source is asked about and answered for: by gates and tools (workspace/), from parsers
//         (analysis/).

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

/** A test as its file declares it. */
export interface DeclaredTest {
  /** The innermost, with placeholders where it has some; undefined when it is computed. */
  readonly title: string | undefined
  readonly line: number
  /** Equal for tests that differ in layout only. */
  readonly text: string
}

export interface DeclaredTests {
  readonly tests: readonly DeclaredTest[]
  /** Names that are imported from packages, as `name of what`. */
  readonly imports: readonly string[]
  /** What else of the file is no test: imports of files, tables, hooks. */
  readonly around: string
}

/** A program with one small change in it that a test should notice. */
export interface Mutant {
  readonly path: string
  readonly line: number
  readonly text: string
  readonly what: string
  /** The program whose process ends where the change would be made; absent where there is no statement of its own. */
  readonly ended?: string
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
