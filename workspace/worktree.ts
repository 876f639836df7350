// Worktree
//
// Owns:   checkouts of a commit in folders of their own, each with the installed dependencies in reach.
// Leaves: what is run in them (suite.ts, gates/), what is committed from them (submit.ts).
//
// W1. Preparing always begins from nothing: what a killed run left in the folder is gone.
// W2. `node_modules` is a folder of links, one a package: tools can write their caches beside the links, and
//     nothing can write through them into the dependencies (the sandbox mounts those read-only).

import { mkdir, readdir, realpath, symlink } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { Clone } from './clone.ts'
import { removeTree } from './durable-file.ts'
import type { Parts } from './parts.ts'
import { fileName, type Places } from './places.ts'
import { inTurn } from './turn.ts'

export interface Worktree {
  readonly path: string
  readonly commit: string
}

export interface WorktreeOrder {
  readonly name: string
  readonly commit: string
  readonly dependencies: string
  readonly repository: string
  readonly signal?: AbortSignal | undefined
}

export async function prepareWorktree(clone: Clone, places: Places, order: WorktreeOrder): Promise<Worktree> {
  const path = worktreePath(places, order.name)
  await releaseWorktree(clone, places, order.name)
  await mkdir(places.worktrees, { recursive: true })
  await inTurn(`worktree add ${clone.path}`, async () => {
    await removeUnfinished(clone)
    const add = ['worktree', 'add', '--quiet', '--force', '--detach', path, order.commit]
    await clone.git(add, { signal: order.signal })
  })
  await linkDependencies(path, order)
  return { path, commit: order.commit }
}

export async function releaseWorktree(clone: Clone, places: Places, name: string): Promise<void> {
  await removeTree(worktreePath(places, name))
  await removeTree(join(clone.path, 'worktrees', fileName(name)))
}

/** While adding one, git reads what it knows of the others, and stumbles over one that was left half made. */
async function removeUnfinished(clone: Clone): Promise<void> {
  const folder = join(clone.path, 'worktrees')
  for (const name of await readdir(folder).catch(() => [])) {
    const known: string[] = await readdir(join(folder, name)).catch(() => [])
    const whole = ['HEAD', 'commondir', 'gitdir'].every((file) => known.includes(file))
    if (!whole) await removeTree(join(folder, name))
  }
}

/** A worktree for as long as something is done in it. */
export async function withWorktree<T>(
  parts: Parts,
  order: Omit<WorktreeOrder, 'repository'>,
  use: (worktree: Worktree) => Promise<T>,
): Promise<T> {
  const { clone, places, repository } = parts
  const worktree = await prepareWorktree(clone, places, { ...order, repository })
  try {
    return await use(worktree)
  } finally {
    await releaseWorktree(clone, places, order.name)
  }
}

/** All of them, and everything else that is only of use while something runs. */
export async function cleanUpWorktrees(clone: Clone, places: Places): Promise<void> {
  await removeTree(places.worktrees)
  await removeTree(join(clone.path, 'worktrees'))
  await removeTree(places.scratch)
}

export function worktreePath(places: Places, name: string): string {
  return join(places.worktrees, fileName(name))
}

/** Caches in the user's folder are theirs; tools make new ones in the worktree. */
const NOT_LINKED = /^\.(?!bin$|pnpm$)/

export async function linkDependencies(worktree: string, order: WorktreeOrder): Promise<void> {
  const target = join(worktree, 'node_modules')
  await mkdir(target, { recursive: true })
  for (const entry of await readdir(order.dependencies)) {
    if (NOT_LINKED.test(entry)) continue
    if (entry.startsWith('@')) await linkScope(worktree, order, entry)
    else await link(worktree, order, entry)
  }
}

async function linkScope(worktree: string, order: WorktreeOrder, scope: string): Promise<void> {
  await mkdir(join(worktree, 'node_modules', scope), { recursive: true })
  for (const entry of await readdir(join(order.dependencies, scope)))
    await link(worktree, order, join(scope, entry))
}

async function link(worktree: string, order: WorktreeOrder, name: string): Promise<void> {
  const source = join(order.dependencies, name)
  const real = await realpath(source).catch(() => source)
  const inside = relative(order.repository, real)
  // A package of the repository itself (a workspace): the worktree has its own copy, which is the one to test.
  const own = !inside.startsWith('..') && !inside.split(sep).includes('node_modules') && inside !== ''
  const path = join(worktree, 'node_modules', name)
  await symlink(own ? join(worktree, inside) : source, path).catch((error) => {
    if (error.code !== 'EEXIST') throw error
  })
}
