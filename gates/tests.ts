// Tests gate
//
// Owns:   that the repository's whole test run passes with the submission in it, on the tree that was checked out:
//         a run that changed a tracked file says nothing about that tree, and one with fewer tests nothing about those.

import type { SuiteReport } from '../workspace/index.ts'
import type { Gate, Subject } from './gate.ts'
import { missingFrom, passedOf } from './split/missing-tests.ts'
import { findingOf, verdict } from './verdict.ts'

export const tests: Gate = {
  name: 'tests',
  judges: 'tree',
  async judge(_parts, subject) {
    const outcome = await subject.suite()
    if (outcome.kind === 'broken') return verdict('tests', [`the test run ${outcome.reason}`])
    const { success, failures, passed } = outcome.report
    if (success && passed > 0) {
      const changed = await subject.disturbed()
      return verdict('tests', [
        ...changed.map((path) => `the tests changed ${path}, which ${whose(path)}`),
        ...notRun(subject, outcome.report).slice(0, 20),
      ])
    }
    if (failures.length > 0) return verdict('tests', failures.slice(0, 20).map(findingOf))
    return verdict('tests', ['the test run failed outside of any test'])
  },
}

const whose = (path: string) =>
  path.startsWith('node_modules/') ? 'leads to an installed package' : 'the repository tracks'

/** Tests of files that stay as they are ran at the tip, so that they run here. */
function notRun({ testsBefore, changes }: Subject, { tests }: SuiteReport): string[] {
  const changed = new Set(changes.map(({ path }) => path))
  const expected = passedOf(testsBefore).filter(({ file }) => !changed.has(file))
  return missingFrom(expected, tests).map(
    ({ file, name }) => `${file}: ${name}: passed at the tip and did not run`,
  )
}
