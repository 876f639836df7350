// Verdict
//
// Makes verdicts.

import type { Verdict } from '../machines/index.ts'
import type { FailedTest } from '../workspace/index.ts'

/** Passed when there is no finding. */
export function verdict(gate: string, findings: readonly string[]): Verdict {
  return {
    gate,
    kind: findings.length === 0 ? 'passed' : 'failed',
    findings: findings.map((one) => one.slice(0, 1000)),
  }
}

export function couldNotRun(gate: string, reason: string): Verdict {
  return { gate, kind: 'could_not_run', findings: [reason] }
}

/** The gate did not run: the policy leaves it out, or the submission has nothing for it. */
export function leftOut(gate: string, reason: string): Verdict {
  return { gate, kind: 'left_out', findings: [reason] }
}

export function findingOf(test: FailedTest): string {
  return `${test.file}: ${test.name}: ${test.message}`
}
