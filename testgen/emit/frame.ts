// TestFrame
//
// Owns:   how a test runner begins a file, a test and its end: one line a runner.
// Leaves: the statements of a test (write-case.ts, dialect.ts), the file (test-file.ts).

import type { TestRunner } from './emitting.ts'

export interface TestFrame {
  /** Tests are in groups by their targets; else a title begins with its target. */
  readonly isGrouped: boolean
  /** The function that a test is given to. */
  readonly test: string
  /** What the function of a test gets; `''`: nothing. */
  readonly context: string
  /** Ends a test that does not wait for a promise. */
  readonly end?: string
  /** The last line of a file. */
  readonly foot?: string
  /** The name and module of what a file loads: `{ test }` by name, `test` as a whole. */
  readonly load?: readonly [name: string, module: string]
}

const inGroups: TestFrame = { isGrouped: true, test: 'it', context: '' }

const FRAMES: Readonly<Record<TestRunner, TestFrame>> = {
  vitest: inGroups,
  jest: inGroups,
  node: inGroups,
  mocha: inGroups,
  jasmine: inGroups,
  ava: { isGrouped: false, test: 'test', context: 't', load: ['test', 'ava'] },
  tap: { isGrouped: false, test: 'tap.test', context: 't', end: 't.end()', load: ['tap', 'tap'] },
  tape: { isGrouped: false, test: 'test', context: 't', end: 't.end()', load: ['test', 'tape'] },
  qunit: { isGrouped: false, test: 'QUnit.test', context: 'assert' },
  uvu: { isGrouped: false, test: 'test', context: '', foot: 'test.run()', load: ['{ test }', 'uvu'] },
}

export function frameOf(runner: TestRunner): TestFrame {
  return FRAMES[runner]
}
