// Changed tests
//
// Owns:   what of a change belongs to tests, and which test files there are in it to run.

import { type Change, isTestFile, type TestResult } from '../workspace/index.ts'
import { isTestSetting } from './configuration.ts'
import type { Subject } from './gate.ts'
import { isTestCode } from './integrity.ts'

/** What tests are compared with or made from. */
const FOR_TESTS = /(^|\/)(__mocks__|__fixtures__|__snapshots__|fixtures?|testdata)\/|\.snap$/
const BESIDE_TESTS = /(^|\/)(__tests__|tests?|specs?|e2e)\//

export function isForTests(path: string): boolean {
  return FOR_TESTS.test(path)
}

/** A test, or what lies in a folder of tests. */
export function isAmongTests(path: string): boolean {
  return isTestCode(path) || BESIDE_TESTS.test(path)
}

/** A test, or what only tests need: their settings, their helpers, what lies beside them. */
export function isOfTests(path: string): boolean {
  return isTestCode(path) || isForTests(path) || BESIDE_TESTS.test(path) || isTestSetting(path)
}

/** Those that a runner can be asked to run; in other languages, those that are called like tests. */
export function testFilesIn({
  changes,
  survey,
}: Pick<Subject, 'survey'> & { changes: readonly Change[] }): string[] {
  const isOne = (path: string) => isTestFile(path) || (survey.runner === 'command' && isTestCode(path))
  return changes.filter(({ path, status }) => status !== 'D' && isOne(path)).map(({ path }) => path)
}

/** Those of a run that ran as tests: what lies beside tests is none. All that are called like tests where nobody names any. */
export function filesThatRan(tests: readonly TestResult[], paths: readonly string[]): string[] {
  const ran = new Set(tests.map(({ file }) => file))
  return paths.filter((path) => (ran.size === 0 ? isTestFile(path) : ran.has(path)))
}
