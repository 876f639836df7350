// Work bundle
//
// Copies a submission from a clone on another machine, in a git bundle.
//
// A bundle is untrusted data: git checks its objects as when it receives a push, it goes to its own ref, and the gates
// judge it like any other.
// K2. Its commit has one parent, which was here before and is on the milestone's branch: history inside the bundle does
//     not count.

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Clone } from '../clone.ts'
import { makeFolder } from '../durable-file.ts'
import { milestoneRef } from '../milestone-branch.ts'
import type { WorkspaceParts } from '../parts.ts'
import { submissionRef } from '../submit.ts'
import { WorkspaceError } from '../workspace-error.ts'

export interface SubmissionRef {
  readonly milestone: string
  readonly task: string
  readonly commit: string
}

export async function packWork({ clone, places }: WorkspaceParts, order: SubmissionRef): Promise<string> {
  const ref = submissionRef(order)
  const tip = await clone.resolve(ref)
  if (tip !== order.commit)
    throw new WorkspaceError('not_submitted', `${order.commit} is not what ${order.task} submitted`)
  await makeFolder(places.scratch)
  const file = join(places.scratch, `work-${randomUUID()}.bundle`)
  await clone.git(['bundle', 'create', '--quiet', file, ref, `^${order.commit}^`])
  return file
}

export async function takeWork(
  { clone }: WorkspaceParts,
  { file, ...order }: SubmissionRef & { file: string },
): Promise<void> {
  const parts = { clone }
  if (await hasWork(parts, order)) return
  const ref = submissionRef(order)
  const before = await clone.resolve(ref)
  const checked = [
    '-c',
    'transfer.fsckObjects=true',
    'fetch',
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
  ]
  await clone.git([...checked, '--no-recurse-submodules', '--force', file, `${ref}:${ref}`])
  const came = await clone.resolve(ref)
  const problem = came === order.commit ? await groundProblem(clone, order) : `${came} came`
  if (problem === undefined) return
  // A refused bundle leaves no ref behind.
  await clone.git(before === undefined ? ['update-ref', '-d', ref] : ['update-ref', ref, before])
  throw new WorkspaceError('other_commit', `${order.task} submitted ${order.commit}, but ${problem}`)
}

/** Whether this commit is what the task submitted, and is here. */
export async function hasWork(
  { clone }: Pick<WorkspaceParts, 'clone'>,
  order: SubmissionRef,
): Promise<boolean> {
  return (await clone.resolve(submissionRef(order))) === order.commit
}

/** K2. */
async function groundProblem(
  clone: Clone,
  { commit, milestone }: SubmissionRef,
): Promise<string | undefined> {
  const text = await clone.git(['rev-list', '--parents', '--max-count=1', commit])
  const [, ...parents] = text.trim().split(' ')
  const [parent] = parents
  if (parent === undefined || parents.length > 1) return `it has ${parents.length} parents instead of one`
  const line = milestoneRef(milestone)
  const isGround = await clone.git(['merge-base', '--is-ancestor', parent, line]).then(
    () => true,
    () => false,
  )
  return isGround ? undefined : `its parent ${parent} is not of the line of ${milestone}`
}
