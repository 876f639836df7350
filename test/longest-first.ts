// The order of the test files: the longest first, so that no core has nothing to do at the end.

import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Of each slow file, how many seconds of a core it takes. */
export const CORE_SECONDS: Readonly<Record<string, number>> = {
  'attacks/gates': 101,
  'e2e/kill': 106,
  'e2e/replay-models': 56,
  'e2e/reviews': 55,
  'e2e/agents': 54,
  'actors/killed': 50,
  'e2e/escalation': 49,
  'attacks/nats': 45,
  'gates/integrate': 37,
  'e2e/replay': 33,
  'attacks/approval': 30,
  'e2e/cut': 28,
  'e2e/nodes': 24,
  'gates/seen-to-fail': 20,
  'e2e/agent-nodes': 17,
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((one, other) => secondsOf(other) - secondsOf(one))
  }
}

function secondsOf({ moduleId }: TestSpecification): number {
  return CORE_SECONDS[relative(import.meta.dirname, moduleId).replace('.slow.test.ts', '')] ?? 0
}
