// Clone
//
// Canopy's own bare repository: the objects it copied from the user's, the milestone branches, reading objects.
// Leaves: worktrees (worktree.ts), new commits (commit.ts), the user's view (repository.ts).
//
// It shares no object file with the user's repository: their `git gc` cannot break a run. It is complete or absent:
// made beside its place and renamed.

import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Git } from './git.ts'
import type { DataPlaces } from './places.ts'
import { removeTree } from './remove-tree.ts'
import { fetchHeadInto, objectFormat } from './repository.ts'
import type { ViewOrder } from './repository-view.ts'

export interface Clone {
  readonly path: string
  /** Runs git here; throws when git fails. */
  git(args: readonly string[], more?: Partial<Parameters<Git>[0]>): Promise<string>
  /** The commit of a ref; undefined when there is no such ref. */
  resolve(ref: string): Promise<string | undefined>
  /** Tree and committer time (seconds since the Unix epoch) of a commit; cached. */
  describe(commit: string): Promise<{ tree: string; time: number }>
  /** Moves a ref, only if it still points to `from`. */
  move(ref: string, to: string, from: string): Promise<boolean>
}

/** Creates the clone if there is none, and fetches the user's HEAD into it. Returns HEAD's commit. */
export async function fetchHead(order: FetchOrder): Promise<string> {
  const { git, places } = order
  if (!existsSync(places.clone)) await create(order)
  const clone = openClone(git, places)
  const ref = 'refs/canopy/head'
  await fetchHeadInto(order, places.clone, ref)
  const head = (await clone.git(['rev-parse', ref])).trim()
  // A later HEAD must not leave this commit without a ref: a run that goes on still starts from it.
  await clone.git(['update-ref', `refs/canopy/heads/${head}`, head])
  return head
}

export interface FetchOrder extends ViewOrder {
  readonly places: DataPlaces
  readonly signal?: AbortSignal | undefined
}

async function create({ git, places, repository }: FetchOrder): Promise<void> {
  const unfinished = `${places.clone}.${randomUUID()}.tmp`
  await mkdir(places.root, { recursive: true })
  const format = await objectFormat({ git, places, repository })
  const same = [`--object-format=${format}`, '--initial-branch=canopy/none']
  await git({ args: ['init', '--quiet', '--bare', '--template=', ...same, unfinished] })
  await rename(unfinished, places.clone).catch((error) =>
    existsSync(places.clone) ? removeTree(unfinished) : Promise.reject(error),
  )
}

/** Lock files of a killed git would stop every later one. No git runs in Canopy's repositories when this is called. */
export async function removeStaleLocks(places: DataPlaces): Promise<void> {
  for (const repository of [places.clone, places.code]) {
    const folder = join(repository, 'refs')
    const entries = await readdir(folder, { recursive: true }).catch(() => [])
    const locks = entries.filter((name) => name.endsWith('.lock')).map((name) => join(folder, name))
    const others = ['packed-refs.lock', 'shallow.lock'].map((name) => join(repository, name))
    for (const lock of [...locks, ...others]) await rm(lock, { force: true })
  }
}

export function openClone(git: Git, places: DataPlaces): Clone {
  const call = async (args: readonly string[], more: Partial<Parameters<Git>[0]> = {}) =>
    (await git({ gitDir: places.clone, ...more, args })).stdout
  const answers = async (args: readonly string[]) => {
    const answer = await git({ gitDir: places.clone, args, accept: [1, 128] })
    return answer.code === 0 ? answer.stdout.trim() : undefined
  }
  const known = new Map<string, Promise<{ tree: string; time: number }>>()
  return {
    path: places.clone,
    git: call,
    resolve: (ref) => answers(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]),
    describe: (commit) => remember(known, commit, () => describe(call, commit)),
    move: async (ref, to, from) => (await answers(['update-ref', ref, to, from])) !== undefined,
  }
}

async function describe(git: Clone['git'], commit: string): Promise<{ tree: string; time: number }> {
  const [tree = '', time] = (await git(['show', '-s', '--format=%T %ct', commit])).trim().split(' ')
  return { tree, time: Number(time) }
}

/** Objects named by their hash never change; a failure is not cached. */
function remember<T>(known: Map<string, Promise<T>>, key: string, find: () => Promise<T>): Promise<T> {
  const found = known.get(key) ?? find()
  known.set(key, found)
  found.catch(() => known.delete(key))
  return found
}
