// Worktree
//
// Checkouts of a commit in folders of their own, each with the installed dependencies.
// Leaves: their packages (link-dependencies.ts), running commands in them (suite.ts, gates/), commits of them
//         (submit.ts).
//
// A worktree is always prepared from nothing: files that a crashed run left in the folder are removed.

import { join } from 'node:path'
import { placeBroughtFiles } from './bring/bring-folder.ts'
import type { Clone } from './clone.ts'
import { isOfCanopy } from './dependencies.ts'
import { makeFolder } from './durable-file.ts'
import { withKeyLock } from './keyed-mutex.ts'
import { linkDependencies } from './link-dependencies.ts'
import type { WorkspaceParts } from './parts.ts'
import { type DataPlaces, fileName } from './places.ts'
import { removeTree } from './remove-tree.ts'
import { listInside } from './worktree-files.ts'
import { makeRepository, removeRepository } from './worktree-repository.ts'

/** Names of the worktrees for judging a submission. No task's worktree has such a name: those contain a dot. */
export const INTEGRATION = 'integration'
export const INTEGRATION_AGAIN = 'integration-again'
export const INTEGRATION_OWN = 'integration-own'

export interface Worktree {
  readonly path: string
  readonly commit: string
}

export interface WorktreeOrder {
  readonly name: string
  readonly commit: string
  readonly dependencies: string
  readonly repository: string
  /** Commands see no commit before this one. */
  readonly isAlone?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

export async function prepareWorktree(
  clone: Clone,
  places: DataPlaces,
  order: WorktreeOrder,
): Promise<Worktree> {
  const path = worktreePath(places, order.name)
  await releaseWorktree(places, order.name)
  await makeFolder(places.worktrees)
  await withKeyLock(`worktree add ${clone.path}`, async () => {
    await removeUnfinished(places)
    const add = ['worktree', 'add', '--quiet', '--force', '--detach', path, order.commit]
    await clone.git(add, { signal: order.signal })
  })
  const made = isOfCanopy(places.dependencies, order.dependencies)
  linkDependencies({ ...order, worktree: path, links: places.links, isOfCanopy: made })
  await placeBroughtFiles(places, { ...order, root: path })
  await makeRepository(clone, places, order)
  return { path, commit: order.commit }
}

export async function releaseWorktree(places: DataPlaces, name: string): Promise<void> {
  await removeTree(worktreePath(places, name))
  await removeRepository(places, name)
  await removeTree(adminFolder(places, name))
}

/** Tracked files that differ from the worktree's commit. */
export async function changedInWorktree(parts: WorkspaceParts, name: string): Promise<string[]> {
  const gitDir = adminFolder(parts.places, name)
  const args = [
    'status',
    '--porcelain=v1',
    '-z',
    '--untracked-files=no',
    '--no-renames',
    '--ignore-submodules=all',
  ]
  const { stdout } = await parts.git({ gitDir, workTree: worktreePath(parts.places, name), args })
  const entries = stdout.split('\0').filter(Boolean)
  return entries.map((entry) => entry.slice(3))
}

/** To add a worktree, git reads its records of the others, and fails at one that is incomplete. */
async function removeUnfinished(places: DataPlaces): Promise<void> {
  const folder = adminFolders(places)
  for (const name of (await listInside(folder, '')) ?? []) {
    const known = (await listInside(join(folder, name), '')) ?? []
    const whole = ['HEAD', 'commondir', 'gitdir'].every((file) => known.includes(file))
    if (!whole) await removeTree(join(folder, name))
  }
}

/** A worktree for the duration of a callback. */
export async function withWorktree<T>(
  parts: WorkspaceParts,
  order: Omit<WorktreeOrder, 'repository'>,
  use: (worktree: Worktree) => Promise<T>,
): Promise<T> {
  const { clone, places, repository } = parts
  const worktree = await prepareWorktree(clone, places, { ...order, repository })
  try {
    return await use(worktree)
  } finally {
    await releaseWorktree(places, order.name)
  }
}

/** All of them, and everything else that is needed only during a run. */
export async function cleanUpWorktrees(places: DataPlaces): Promise<void> {
  await removeTree(places.worktrees)
  await removeTree(places.links)
  await removeTree(places.repositories)
  await removeTree(places.history)
  await removeTree(adminFolders(places))
  await removeTree(places.scratch)
}

/** Git's own folder of a worktree: no command in the sandbox sees it, and it is removed with the worktree. */
export function adminFolder(places: DataPlaces, name: string): string {
  return join(adminFolders(places), fileName(name))
}

const adminFolders = (places: DataPlaces) => join(places.clone, 'worktrees')

export function worktreePath(places: DataPlaces, name: string): string {
  return join(places.worktrees, fileName(name))
}
