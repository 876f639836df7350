// Emitting
//
// Owns:   the settings that all parts of a test file share.
// Leaves: writing them (test-file.ts, write-case.ts, local-names.ts).

import type { CaseFinding } from '../tasks.ts'
import type { Casts } from './casts.ts'
import type { Style } from './style.ts'

/** `mocha`: any runner with global `describe`, `it` and hooks; assertions and mocks are Node's own. */
export type TestRunner = 'vitest' | 'jest' | 'node' | 'mocha'

export const usesNodeMocks = (runner: TestRunner): runner is 'node' | 'mocha' =>
  runner === 'node' || runner === 'mocha'

export interface Emitting {
  readonly runner: TestRunner
  readonly style: Style
  /** Names of default exports: the label of `default` and of `module.exports`. */
  readonly labels: ReadonlyMap<string, string>
  /** Classes of other modules, by key. */
  readonly importedClasses: ReadonlyMap<
    string,
    { readonly label: string; readonly name: string; readonly specifier: string }
  >
  /** Titles in the file already, by group; a new test gets another one. */
  readonly taken?: ReadonlyMap<string, readonly string[]>
  /** Casts that the compiler needs. */
  readonly casts: (finding: CaseFinding) => Casts
}
