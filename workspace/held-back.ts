// Held back
//
// Commits of a milestone that its branch in the user's repository cannot take now, for example because the branch is
// checked out: kept there under `refs/canopy/<branch>`, and delivered by the next start.

import { shellWord } from '../machines/index.ts'
import type { WorkspaceParts } from './parts.ts'
import { branchesUnder, copyRef, isAncestor, refsBelow, removeRef } from './repository.ts'
import { Refusal } from './survey/refusal.ts'

const FOLDER = 'refs/canopy/'

const refOf = (branch: string): string => `${FOLDER}${branch}`

/** Keeps the commits of a ref of the clone; undefined when the repository takes no ref at all. */
export async function holdBack(
  parts: WorkspaceParts,
  ref: string,
  branch: string,
): Promise<string | undefined> {
  const kept = refOf(branch)
  try {
    await copyRef(parts, { repository: parts.clone.path, ref }, kept)
    return kept
  } catch (error) {
    parts.log('the commits could not be kept in the repository', { branch, reason: (error as Error).message })
    return undefined
  }
}

/** Removes the kept commits of a branch that has them now. */
export async function dropHeldBack(parts: WorkspaceParts, branch: string): Promise<void> {
  const ref = refOf(branch)
  const commit = (await refsBelow(parts, ref)).get(ref)
  if (commit !== undefined) await removeRef(parts, ref, commit)
}

export interface LateDelivery {
  readonly branch: string
  readonly kind: 'delivered' | 'held_back'
  /** For people: what happened, and what to do. */
  readonly sentence: string
}

/**
 * Brings commits that earlier runs held back to their branches, as far as they can be brought there now. Does nothing in a
 * repository that must not be read: the survey refuses that with its reason.
 */
export async function deliverHeldBack(parts: WorkspaceParts): Promise<LateDelivery[]> {
  try {
    return await deliverAll(parts)
  } catch (error) {
    if (error instanceof Refusal) return []
    throw error
  }
}

async function deliverAll(parts: WorkspaceParts): Promise<LateDelivery[]> {
  const kept = await refsBelow(parts, FOLDER)
  const branches = kept.size > 0 ? await branchesUnder(parts) : new Map<string, string>()
  const delivered: LateDelivery[] = []
  for (const [ref, commit] of kept) {
    const branch = ref.slice(FOLDER.length)
    const late = await deliver(parts, { ref, commit, branch, tip: branches.get(branch) })
    if (late !== undefined) delivered.push(late)
  }
  return delivered
}

interface KeptRef {
  readonly ref: string
  readonly commit: string
  readonly branch: string
  /** Of the branch; undefined when there is none. */
  readonly tip: string | undefined
}

async function deliver(
  parts: WorkspaceParts,
  { ref, commit, branch, tip }: KeptRef,
): Promise<LateDelivery | undefined> {
  if (tip !== undefined && (await isAncestor(parts, commit, tip))) {
    await removeRef(parts, ref, commit)
    return undefined
  }
  try {
    await copyRef(parts, { ref }, `refs/heads/${branch}`)
  } catch (error) {
    return {
      branch,
      kind: 'held_back',
      sentence: `${(error as Error).message}. ${wayToHeldBack(parts, ref)}`,
    }
  }
  await removeRef(parts, ref, commit)
  return {
    branch,
    kind: 'delivered',
    sentence: `${branch} has the commits now that an earlier run held back`,
  }
}

/** How a person takes the commits. */
export function wayToHeldBack({ repository }: Pick<WorkspaceParts, 'repository'>, ref: string): string {
  const command = `git -C ${shellWord(repository)} merge ${shellWord(ref)}`
  return `The commits are kept there as ${ref}; with the branch checked out: ${command}. Once it is not checked out, the next canopy run does it`
}
