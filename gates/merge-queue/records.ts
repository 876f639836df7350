// Records
//
// The records that the merge queue writes before it moves the branch, and finding them again after a crash.
//
// A record of a merge counts only when its commits are on the branch, because it is written before they are.

import { join } from 'node:path'
import { z } from 'zod'
import {
  type BatchJudgement,
  coverageChange,
  judgementSchema,
  type Measurement,
  measurementSchema,
} from '../../machines/index.ts'
import {
  digest,
  INTEGRATION,
  INTEGRATION_AGAIN,
  INTEGRATION_OWN,
  type MilestoneBranch,
  measureCommit,
  readJson,
  releaseWorktree,
  WorkspaceError,
  writeJson,
} from '../../workspace/index.ts'
import type { GateParts } from '../gate.ts'
import { LONGEST_MS } from '../gate-input.ts'
import { verdict } from '../verdict.ts'
import type { BatchOrder } from './batch-order.ts'

const mergeSchema = z.object({
  merge: judgementSchema.shape.merged.element,
  measurement: measurementSchema,
})
type MergeRecord = z.infer<typeof mergeSchema>

/** Under the key of the call, and each merge under its task. */
export async function keepJudgement(
  parts: GateParts,
  { milestone, key, stack }: BatchOrder,
  judgement: BatchJudgement,
): Promise<void> {
  const { merged, measurement } = judgement
  for (const merge of merged) {
    const task = stack[merge.at]?.task.id ?? ''
    await writeJson(place(parts, milestone, `task ${task}`), { merge, measurement })
  }
  await writeJson(place(parts, milestone, key), judgement)
}

/** The judgement recorded for this call, or the merges of its submissions that are on the branch; undefined: none. */
export async function recalled(
  parts: GateParts,
  order: BatchOrder,
  { start, tip }: MilestoneBranch,
): Promise<BatchJudgement | undefined> {
  const { milestone, key, stack } = order
  const commits = await commitsByTask(parts, start, tip)
  const earlier = judgementSchema.safeParse(await readJson(place(parts, milestone, key))).data
  const isOn = ({ at, commit }: BatchJudgement['merged'][number]) =>
    commits.get(stack[at]?.task.id ?? '') === commit
  const found = stack.flatMap(({ task }, at) => {
    const commit = commits.get(task.id)
    return commit === undefined ? [] : [{ at, task: task.id, commit }]
  })
  // A crash after the branch moved leaves worktrees behind.
  if (found.length > 0)
    for (const name of [INTEGRATION, INTEGRATION_AGAIN, INTEGRATION_OWN])
      await releaseWorktree(parts.places, name)
  if (earlier?.merged.every(isOn)) return earlier
  if (found.length === 0) return undefined
  const merges: MergeRecord[] = []
  for (const { at, task, commit } of found) merges.push(await recallMerge(parts, order, { at, task, commit }))
  return {
    returned: [],
    merged: merges.map(({ merge }) => merge),
    measurement: merges.at(-1)?.measurement ?? null,
    failed: null,
  }
}

async function recallMerge(
  parts: GateParts,
  order: BatchOrder,
  { at, task, commit }: { at: number; task: string; commit: string },
): Promise<MergeRecord> {
  const kept = mergeSchema.safeParse(await readJson(place(parts, order.milestone, `task ${task}`))).data
  if (kept?.merge.commit === commit) return { ...kept, merge: { ...kept.merge, at } }
  const { survey: measurable } = order
  const measured = await measureCommit(parts, { ...order, measurable, commit, limitMs: LONGEST_MS })
  if (measured.kind !== 'measured')
    throw new WorkspaceError('not_measured', `${commit} could not be measured`)
  const { measurement } = measured
  const change = coverageChange({ ...measurement, modules: [] } satisfies Measurement, measurement)
  return { merge: { at, commit, change, verdicts: [verdict('merge', [])] }, measurement }
}

async function commitsByTask(
  parts: GateParts,
  start: string,
  tip: string,
): Promise<ReadonlyMap<string, string>> {
  const format = '--format=%H %(trailers:key=Canopy-Task,valueonly,separator=%x2C)'
  const lines = (await parts.clone.git(['log', format, `${start}..${tip}`])).split('\n')
  const pairs = lines.map((line) => line.split(' '))
  return new Map(
    pairs.flatMap(([commit = '', ids = '']) => ids.split(',').map((id) => [id, commit] as const)),
  )
}

function place(parts: GateParts, milestone: string, name: string): string {
  return join(parts.places.outcomes, `${digest('judgement', milestone, name)}.json`)
}
