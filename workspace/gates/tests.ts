// Tests gate
//
// Owns:   that the repository's whole test run passes with the submission in it, on the tree that was checked out:
//         a run that changed a tracked file says nothing about that tree.

import type { Gate } from './gate.ts'
import { findingOf, verdict } from './verdict.ts'

export const tests: Gate = {
  name: 'tests',
  async judge(_parts, subject) {
    const outcome = await subject.suite()
    if (outcome.kind === 'broken') return verdict('tests', [`the test run ${outcome.reason}`])
    const { success, failures, passed } = outcome.report
    if (success && passed > 0) {
      const changed = await subject.disturbed()
      return verdict(
        'tests',
        changed.map((path) => `the tests changed ${path}, which the repository tracks`),
      )
    }
    if (failures.length > 0) return verdict('tests', failures.slice(0, 20).map(findingOf))
    return verdict('tests', ['the test run failed outside of any test'])
  },
}
