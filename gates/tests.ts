// Tests gate
//
// The gate `tests`: the whole test run of the repository passes with the submission, on exactly the tree that was
// checked out. A run that changes a tracked file is no result for that tree, and a run with fewer tests none for the
// missing ones.

import type { SuiteReport } from '../workspace/index.ts'
import type { Gate, GateInput } from './gate.ts'
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
        ...changed.slice(0, 20).map((path) => `the tests changed ${path}, which ${whose(path)}`),
        ...notRun(subject, outcome.report).slice(0, 20),
      ])
    }
    if (failures.length > 0) return verdict('tests', failures.slice(0, 20).map(findingOf))
    return verdict('tests', ['the test run failed outside of any test'])
  },
}

const whose = (path: string) =>
  path.startsWith('node_modules/') ? 'belongs to the installed packages' : 'the repository tracks'

/** Tests in unchanged files ran at the tip, so they must run here. */
function notRun({ testsBefore, changes }: GateInput, { tests }: SuiteReport): string[] {
  const changed = new Set(changes.map(({ path }) => path))
  const expected = passedOf(testsBefore).filter(({ file }) => !changed.has(file))
  return missingFrom(expected, tests).map(
    ({ file, name }) => `${file}: ${name}: passed at the tip and did not run`,
  )
}
