// Changed tests
//
// The paths that belong to tests, and the test files of a change that can be run.

import { type Change, isTestFile, type TestResult } from '../workspace/index.ts'
import { isTestSetting } from './configuration.ts'
import type { GateInput } from './gate.ts'
import { isTestCode } from './integrity.ts'

/** Expected results and input data of tests. */
const FOR_TESTS = /(^|\/)(__mocks__|__fixtures__|__snapshots__|fixtures?|testdata)\/|\.snap$/
const BESIDE_TESTS = /(^|\/)(__tests__|tests?|specs?|e2e)\//

export function isForTests(path: string): boolean {
  return FOR_TESTS.test(path)
}

/** A test, or a file in a folder of tests. */
export function isAmongTests(path: string): boolean {
  return isTestCode(path) || BESIDE_TESTS.test(path)
}

/** A test, or a file that only tests need: their settings, their helpers, files beside them. */
export function isOfTests(path: string): boolean {
  return isTestCode(path) || isForTests(path) || BESIDE_TESTS.test(path) || isTestSetting(path)
}

/** Files that a runner can run; in other languages, files with the name of a test. */
export function testFilesIn({
  changes,
  survey,
}: Pick<GateInput, 'survey'> & { changes: readonly Change[] }): string[] {
  const isOne = (path: string) => isTestFile(path) || (survey.runner === 'command' && isTestCode(path))
  return changes.filter(({ path, status }) => status !== 'D' && isOne(path)).map(({ path }) => path)
}

/**
 * Files that ran as tests, not those that lie beside tests. Where the runner names none, all with the name of a test.
 */
export function filesThatRan(tests: readonly TestResult[], paths: readonly string[]): string[] {
  const ran = new Set(tests.map(({ file }) => file))
  return paths.filter((path) => (ran.size === 0 ? isTestFile(path) : ran.has(path)))
}
