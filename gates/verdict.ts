// Verdict
//
// Owns:   making verdicts.

import type { Verdict } from '../machines/index.ts'
import type { FailedTest } from '../workspace/index.ts'

/** Passed when nothing was found. */
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

/** Nobody asked this gate: by the policy, or because there is nothing it could look at. */
export function leftOut(gate: string, reason: string): Verdict {
  return { gate, kind: 'left_out', findings: [reason] }
}

export function findingOf(test: FailedTest): string {
  return `${test.file}: ${test.name}: ${test.message}`
}
