// Integrate
//
// Owns:   judging one submission by itself: a stack of one, looked at a second time when a test of others failed.

import type { Integration, Submission, Survey, Task } from '../machines/index.ts'
import type { Gate } from './gates/gate.ts'
import { judgeStack } from './merge-queue/judge-stack.ts'
import type { Parts } from './parts.ts'

export interface IntegrateOrder {
  readonly survey: Survey
  readonly milestone: string
  readonly task: Task
  readonly submission: Submission
  /** A call with the key of an earlier one is answered as that was. */
  readonly key: string
  readonly signal?: AbortSignal | undefined
}

export async function integrate(
  parts: Parts,
  gates: readonly Gate[],
  { task, submission, key, ...order }: IntegrateOrder,
): Promise<Integration> {
  const judge = (name: string) =>
    judgeStack(parts, gates, { ...order, stack: [{ task, submission }], key: name })
  const first = await judge(key)
  const last = first.failed && first.failed.doubtful.length > 0 ? await judge(`${key} again`) : first
  const [merge] = last.merged
  if (merge && last.measurement) {
    const { commit, verdicts } = merge
    return { kind: 'merged', commit, measurement: last.measurement, verdicts }
  }
  return { kind: 'rejected', verdicts: last.failed?.verdicts ?? last.returned[0]?.verdicts ?? [] }
}
