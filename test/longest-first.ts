// The order of the test files: the longest first, so that no core has nothing to do at the end.

import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** How many seconds of a core a slow file takes; for one that is not here the time of most is taken. */
export const CORE_SECONDS: Readonly<Record<string, number>> = {
  'attacks/gates': 101,
  'e2e/replay-models': 56,
  'e2e/kill': 46,
  'e2e/reviews': 42,
  'attacks/nats': 42,
  'actors/killed': 41,
  'gates/integrate': 39,
  'e2e/replay': 33,
  'e2e/agents': 32,
  'e2e/escalation': 30,
  'workspace/killed': 28,
  'e2e/cut': 27,
  'gates/merge-queue': 26,
  'e2e/nodes': 24,
  'workspace/survey': 23,
  'attacks/foreign-code': 23,
  'gates/seen-to-fail': 21,
  'agents/tools': 18,
  'e2e/agent-nodes': 17,
  'attacks/paths': 17,
  'gates/gates': 16,
  'attacks/approval': 16,
  'testgen/builtin-writer': 15,
  'gates/proof': 15,
  'corpus/cheats': 15,
  'dashboard/inspector': 14,
  'machines/budget-killed': 13,
  'testgen/child-process': 9,
}

const SLOW = '.slow.test.ts'
const MOST_SECONDS = 20

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((one, other) => secondsOf(other) - secondsOf(one))
  }
}

function secondsOf({ moduleId }: TestSpecification): number {
  const path = relative(import.meta.dirname, moduleId)
  return path.endsWith(SLOW) ? (CORE_SECONDS[path.slice(0, -SLOW.length)] ?? MOST_SECONDS) : 0
}
