// Source analysis
//
// Types for questions about source text: gates and tools ask, the parsers in analysis/ answer.

/** A file before and after a change; absent: it does not exist on that side. */
export interface FileChange {
  readonly path: string
  readonly before?: string | undefined
  readonly after?: string | undefined
}

/** A forbidden change, with its kind: `loosened`, `skipped_test`, ... */
export interface ChangeFinding {
  readonly kind: string
  readonly path: string
  readonly line?: number | undefined
  readonly message: string
}

export interface TestQuestion {
  /** Test files that the change touches. */
  readonly tests: readonly FileChange[]
  /** Other code files that the change touches. */
  readonly sources: readonly FileChange[]
  /** Untouched test files that may test those sources. */
  readonly others?: readonly { readonly path: string; readonly text: string }[]
}

/** A test as its file declares it. */
export interface DeclaredTest {
  /** The innermost title, with placeholders if it has any; undefined when it is computed. */
  readonly title: string | undefined
  readonly line: number
  /** Equal for tests that differ in layout only. */
  readonly text: string
}

export interface DeclaredTests {
  readonly tests: readonly DeclaredTest[]
  /** Names imported from packages, as `name of package`. */
  readonly imports: readonly string[]
  /** Everything else in the file: imports of files, tables, hooks. */
  readonly around: string
}

/** A program with one small change that a test should notice. */
export interface Mutant {
  readonly path: string
  readonly line: number
  readonly text: string
  readonly what: string
  /** The program that exits where the change would be made; absent when the change is within a larger statement. */
  readonly ended?: string
}

export interface MutantQuestion {
  readonly path: string
  readonly text: string
  /** Line numbers from 1; absent: all lines. */
  readonly lines?: ReadonlySet<number>
  readonly most: number
}

/** The parts of a source that are not comments or spaces. */
export interface Substance {
  /** Equal for sources that differ in comments and spaces only. */
  readonly program: string
  /** Places that the source marks as unfinished. */
  readonly stubs: readonly { readonly line: number; readonly text: string }[]
}
