// Emitting
//
// Owns:   the settings that all parts of a test file share.
// Leaves: writing them (test-file.ts, write-case.ts, local-names.ts).

import type { CaseFinding } from '../tasks.ts'
import type { Casts } from './casts.ts'
import type { Style } from './style.ts'

export const TEST_RUNNERS = [
  ...(['vitest', 'jest', 'node', 'mocha', 'jasmine'] as const),
  ...(['ava', 'tap', 'tape', 'uvu', 'qunit'] as const),
] as const
export type TestRunner = (typeof TEST_RUNNERS)[number]

export const usesNodeMocks = (runner: TestRunner): boolean => runner !== 'vitest' && runner !== 'jest'

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
