// Integrate
//
// Owns:   the merge queue's one step: put a submission on the branch's tip, judge that exact tree, merge it.
// Leaves: the order of submissions (the integrator's machine), what a gate wants (gates/).
//
// I1. What is merged is the tree that was judged, and the branch only moves forward from the tip it was judged on.
// I2. Killed anywhere and called again, it merges once: a merged task is known by the trailer of its commit.
// I3. The branch moves in our clone first; the user's repository follows and may lag behind.

import { join } from 'node:path'
import {
  type Integration,
  integrationSchema,
  type Submission,
  type Survey,
  type Task,
} from '../machines/index.ts'
import { type Change, changesOf, lookUp, writeCommit } from './commit.ts'
import { readJson, writeJson } from './durable-file.ts'
import { allPassed, type Gate, judgeAll } from './gates/gate.ts'
import { verdict } from './gates/verdict.ts'
import { measureCommit } from './measure-commit.ts'
import { commitMessage } from './message.ts'
import { milestoneBranch, milestoneRef, publishMilestone } from './milestone-branch.ts'
import type { Parts } from './parts.ts'
import { digest } from './places.ts'
import { LONGEST_MS, openSubject } from './subject.ts'
import { placeBuildInfo } from './type-check.ts'
import { WorkspaceError } from './workspace-error.ts'
import { INTEGRATION, INTEGRATION_AGAIN, releaseWorktree, withWorktree } from './worktree.ts'

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
  order: IntegrateOrder,
): Promise<Integration> {
  const { milestone, task } = order
  const place = outcomePlace(parts, milestone, order.key)
  const { start, tip } = await milestoneBranch(parts, milestone)
  const earlier = integrationSchema.safeParse(await readJson(place)).data
  if (earlier?.kind === 'rejected') return earlier
  const merged = await mergedCommit(parts, start, tip, task.id)
  const outcome =
    merged === undefined ? await tryMerge(parts, gates, order, tip) : await recall(parts, order, merged)
  if (outcome.kind === 'merged') await publishMilestone(parts, milestone)
  else await writeJson(place, outcome)
  return outcome
}

async function tryMerge(
  parts: Parts,
  gates: readonly Gate[],
  order: IntegrateOrder,
  tip: string,
): Promise<Integration> {
  const changes = await changesOf(parts.clone, order.submission.commit)
  const conflicts = await conflictsWith(parts, tip, order.submission.commit, changes)
  if (conflicts.length > 0) return { kind: 'rejected', verdicts: [verdict('merge', conflicts)] }
  const ref = 'refs/canopy/candidate'
  const on = { ref, parent: tip, contents: changes, message: 'candidate' }
  const candidate = await writeCommit(parts.clone, on)
  return judgeAndMerge(parts, gates, order, { tip, candidate, changes })
}

interface Candidate {
  readonly tip: string
  /** What is judged; merged is the same tree under a message that says what was gained. */
  readonly candidate: string
  readonly changes: readonly Change[]
}

async function judgeAndMerge(
  parts: Parts,
  gates: readonly Gate[],
  order: IntegrateOrder,
  on: Candidate,
): Promise<Integration> {
  const { survey, signal } = order
  const worktree = { ...survey, name: INTEGRATION, commit: on.candidate, signal }
  return withWorktree(parts, worktree, async ({ path: root }) => {
    await placeBuildInfo(parts, { ...survey, root })
    const subject = await openSubject(parts, { ...order, ...on, root })
    const verdicts = await judgeAll(parts, gates, subject)
    const measurement = await subject.measurement()
    if (!allPassed(verdicts)) return { kind: 'rejected', verdicts }
    if (measurement === undefined)
      throw new WorkspaceError('no_gates', 'no gate ran the tests; nothing can be merged')
    const message = commitMessage(order.task, subject.before, measurement)
    const ref = 'refs/canopy/judged'
    const commit = await writeCommit(parts.clone, { ref, parent: on.tip, contents: on.changes, message })
    return merge(parts, order, on.tip, { kind: 'merged', commit, measurement, verdicts })
  })
}

async function merge(
  parts: Parts,
  order: IntegrateOrder,
  tip: string,
  merged: Extract<Integration, { kind: 'merged' }>,
): Promise<Integration> {
  order.signal?.throwIfAborted()
  await writeJson(outcomePlace(parts, order.milestone, order.task.id), merged)
  if (await parts.clone.move(milestoneRef(order.milestone), merged.commit, tip)) return merged
  throw new WorkspaceError('branch_moved', `${order.milestone} moved while ${order.task.id} was judged`, {
    retryable: true,
  })
}

/** Paths that the submission changes and that are no longer at the tip what they were where it started. */
async function conflictsWith(
  parts: Parts,
  tip: string,
  commit: string,
  changes: readonly Change[],
): Promise<string[]> {
  const [there, was] = await Promise.all([
    lookUp(
      parts.clone,
      changes.map(({ path }) => `${tip}:${path}`),
    ),
    lookUp(
      parts.clone,
      changes.map(({ path }) => `${commit}^:${path}`),
    ),
  ])
  const moved = changes.filter(
    ({ blob }, at) => there[at]?.blob !== was[at]?.blob && there[at]?.blob !== blob,
  )
  return moved.map(({ path }) => `${path} is another file on the branch by now`)
}

async function mergedCommit(
  parts: Parts,
  start: string,
  tip: string,
  task: string,
): Promise<string | undefined> {
  const format = '--format=%H %(trailers:key=Canopy-Task,valueonly,separator=%x2C)'
  const lines = (await parts.clone.git(['log', format, `${start}..${tip}`])).split('\n')
  const commits = lines.map((line) => line.split(' '))
  return commits.find(([, ids]) => ids?.split(',').includes(task))?.[0]
}

/** What was answered when the task was merged. It was written down before the branch moved. */
async function recall(parts: Parts, order: IntegrateOrder, commit: string): Promise<Integration> {
  // Killed after the branch moved, a run leaves its worktrees.
  for (const name of [INTEGRATION, INTEGRATION_AGAIN]) await releaseWorktree(parts.clone, parts.places, name)
  const kept = integrationSchema.safeParse(
    await readJson(outcomePlace(parts, order.milestone, order.task.id)),
  ).data
  if (kept?.kind === 'merged' && kept.commit === commit) return kept
  const measured = await measureCommit(parts, {
    ...order,
    measurable: order.survey,
    commit,
    limitMs: LONGEST_MS,
  })
  if (measured.kind !== 'measured')
    throw new WorkspaceError('not_measured', `${commit} could not be measured`)
  return { kind: 'merged', commit, measurement: measured.measurement, verdicts: [verdict('merge', [])] }
}

function outcomePlace(parts: Parts, milestone: string, name: string): string {
  return join(parts.places.outcomes, `${digest('integration', milestone, name)}.json`)
}
