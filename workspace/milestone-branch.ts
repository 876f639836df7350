// Milestone branch
//
// The branch of a milestone's commits: in our clone, and its name in the user's repository.
//
// A branch of the user's is never moved: another name is used. A branch is ours when it points to a commit that we made
// for this milestone.

import { join } from 'node:path'
import { z } from 'zod'
import { shellWord } from '../machines/index.ts'
import { readJson, writeJson } from './durable-file.ts'
import { dropHeldBack, holdBack, wayToHeldBack } from './held-back.ts'
import type { WorkspaceParts } from './parts.ts'
import { fileName } from './places.ts'
import { branchesUnder, copyRef } from './repository.ts'
import type { SurveyOf } from './survey-record.ts'
import { WorkspaceError } from './workspace-error.ts'
import { listInside } from './worktree-files.ts'

const recordSchema = z.object({ milestone: z.string(), start: z.string(), branch: z.string() })
type BranchRecord = z.infer<typeof recordSchema>

export interface MilestoneBranch extends BranchRecord {
  /** The last merged commit, or the milestone's start. */
  readonly tip: string
}

export type PublishResult =
  /** Read back from the user's repository. */
  | { readonly kind: 'published'; readonly branch: string; readonly commit: string }
  /** Nothing is lost: the commits are in our clone and at `ref` in the user's repository; the next call tries again. */
  | {
      readonly kind: 'held_back'
      readonly branch: string
      readonly commit: string
      /** Absent: the repository took no ref either. */
      readonly ref?: string
      readonly reason: string
    }
  | { readonly kind: 'nothing_yet'; readonly branch: string }

export const milestoneRef = (milestone: string) => `refs/heads/canopy/${milestone}`

export interface MilestoneOrder {
  readonly milestone: string
  readonly survey: SurveyOf
  /** The branch of another milestone to start from, or a commit; absent: the commit that was surveyed. */
  readonly from?: string | null
}

/** Creates the milestone's branch in the clone, or returns the existing one. */
export async function openMilestone(parts: WorkspaceParts, order: MilestoneOrder): Promise<MilestoneBranch> {
  const known = await readRecord(parts, order.milestone)
  if (known !== undefined) return known
  const start = await startOf(parts, order)
  const ref = milestoneRef(order.milestone)
  // The record is written last: a branch without one is from a crashed run, and still at its start.
  await parts.clone.git(['update-ref', ref, start])
  const branch = await freeName(parts, order.milestone, start, start)
  const record = { milestone: order.milestone, start, branch }
  await writeJson(recordPath(parts, order.milestone), record)
  return { ...record, tip: start }
}

async function startOf(parts: WorkspaceParts, { from, survey }: MilestoneOrder): Promise<string> {
  if (from === undefined || from === null) return survey.head
  const records = (await listInside(parts.places.milestones, '')) ?? []
  for (const name of records) {
    const record = recordSchema.safeParse(await readJson(join(parts.places.milestones, name))).data
    if (record?.branch === from) return (await readRecord(parts, record.milestone))?.tip ?? survey.head
  }
  const commit = await parts.clone.resolve(from)
  if (commit !== undefined) return commit
  throw new WorkspaceError('no_start', `${from} is neither the branch of an opened milestone nor a commit`)
}

export async function milestoneBranch(parts: WorkspaceParts, milestone: string): Promise<MilestoneBranch> {
  const record = await readRecord(parts, milestone)
  if (record !== undefined) return record
  throw new WorkspaceError('no_milestone', `milestone ${milestone} was not opened in ${parts.places.root}`)
}

/** On another machine: records the home's branch when its commits are here. */
export async function keepMilestone(
  parts: WorkspaceParts,
  { tip, ...record }: MilestoneBranch,
): Promise<void> {
  await parts.clone.git(['update-ref', milestoneRef(record.milestone), tip])
  await writeJson(recordPath(parts, record.milestone), recordSchema.parse(record))
}

async function readRecord(parts: WorkspaceParts, milestone: string): Promise<MilestoneBranch | undefined> {
  const record = recordSchema.safeParse(await readJson(recordPath(parts, milestone))).data
  const tip = record && (await parts.clone.resolve(milestoneRef(milestone)))
  return record && tip !== undefined ? { ...record, tip } : undefined
}

/** Copies the merged commits to the user's repository. */
export async function publishMilestone(parts: WorkspaceParts, milestone: string): Promise<PublishResult> {
  const { start, tip, branch } = await milestoneBranch(parts, milestone)
  if (tip === start) return { kind: 'nothing_yet', branch }
  const name = await freeName(parts, milestone, start, tip, branch)
  if (name !== branch) await writeJson(recordPath(parts, milestone), { milestone, start, branch: name })
  try {
    await copyRef(parts, { repository: parts.clone.path, ref: milestoneRef(milestone) }, `refs/heads/${name}`)
    const there = (await branchesUnder(parts)).get(name)
    if (there !== tip)
      throw new WorkspaceError('not_published', `${name} is at ${there ?? 'no commit'}, not at ${tip}`)
    await dropHeldBack(parts, name)
    return { kind: 'published', branch: name, commit: tip }
  } catch (error) {
    const ref = await holdBack(parts, milestoneRef(milestone), name)
    const way = ref === undefined ? wayToClone(parts, milestone, name) : wayToHeldBack(parts, ref)
    const reason = `${(error as Error).message}. ${way}`
    parts.log('the branch could not be brought into the repository yet', { branch: name, reason })
    return { kind: 'held_back', branch: name, commit: tip, ...(ref !== undefined && { ref }), reason }
  }
}

function wayToClone({ clone, repository }: WorkspaceParts, milestone: string, name: string): string {
  const [from, to] = [clone.path, repository].map(shellWord)
  return `Nothing is lost: git -C ${to} fetch ${from} canopy/${milestone}:${name}`
}

/**
 * The recorded name, unless it belongs to another branch; else `canopy/<milestone>`, or the first free number after it.
 * A second run on the same commit makes exactly the commits of the first: their branch is ours, too, without a record.
 */
async function freeName(
  parts: WorkspaceParts,
  milestone: string,
  start: string,
  tip: string,
  told?: string,
): Promise<string> {
  const branches = await branchesUnder(parts)
  // Git cannot have `canopy` and `canopy/x` at the same time.
  const first = branches.has('canopy') ? `canopy-${milestone}` : `canopy/${milestone}`
  const isFree = async (name: string): Promise<boolean> => {
    const commit = branches.get(name)
    const below = [...branches.keys()].some((other) => other.startsWith(`${name}/`))
    return !below && (commit === undefined || (await isOurs(parts, commit, start, tip)))
  }
  if (told !== undefined && (await isFree(told))) return told
  for (let number = 1; ; number++) {
    const name = number === 1 ? first : `${first}-${number}`
    if (await isFree(name)) return name
  }
}

async function isOurs(parts: WorkspaceParts, commit: string, start: string, tip: string): Promise<boolean> {
  const made = await parts.clone.git(['rev-list', `${start}..${tip}`])
  return made.split('\n').includes(commit)
}

function recordPath(parts: WorkspaceParts, milestone: string): string {
  return join(parts.places.milestones, `${fileName(milestone)}.json`)
}
