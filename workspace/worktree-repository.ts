// Worktree repository
//
// The git folder that commands in a worktree see in place of Canopy's own: HEAD, an index and the newest commits. Tests
// and linters ask git about their repository.
// Leaves: the worktree itself (worktree.ts), mounting (sandbox/).
//
// R1. Commands cannot write to it, and no git of Canopy's or of the user's is started in it: a command can neither change
//     a ref nor leave a setting or a hook.
// R2. It has HEAD and the commits before it, and no other submission: commits of the user are in one store for each
//     surveyed commit, and commits on top of that are in the worktree's own folder.

import { randomUUID } from 'node:crypto'
import { copyFileSync, existsSync, linkSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Clone } from './clone.ts'
import { withKeyLock } from './keyed-mutex.ts'
import { type DataPlaces, fileName } from './places.ts'
import { removeTree } from './remove-tree.ts'
import type { Command } from './sandbox/sandbox.ts'

export interface RepositoryOrder {
  /** Of the worktree. */
  readonly name: string
  /** HEAD. */
  readonly commit: string
  /** No commit before HEAD is in it. */
  readonly isAlone?: boolean | undefined
}

/** So many commits on a line of history, as far as they are the user's. */
const MAX_DEPTH = 20
/** Commits of one milestone, at most. */
const MAX_OWN_COMMITS = 10_000

/** Makes the folder; an earlier one of the same name is removed. */
export async function makeRepository(
  clone: Clone,
  places: DataPlaces,
  { name, commit, isAlone = false }: RepositoryOrder,
): Promise<void> {
  const path = repositoryPath(places, name)
  await removeTree(path)
  const base = await baseOf(clone, places, commit)
  const store = await makeStore(clone, places, base)
  mkdirSync(join(path, 'objects/pack'), { recursive: true })
  mkdirSync(join(path, 'objects/info'))
  mkdirSync(join(path, 'refs'))
  if (commit !== base) await packOwn(clone, path, { commit, base, isAlone })
  const shallow = [...shallowOf(store), ...(isAlone ? [commit] : [])]
  writeFileSync(join(path, 'config'), settings(commit))
  writeFileSync(join(path, 'objects/info/alternates'), `${join(store, 'objects')}\n`)
  if (shallow.length > 0) writeFileSync(join(path, 'shallow'), shallow.map((line) => `${line}\n`).join(''))
  placeIndex(join(clone.path, 'worktrees', fileName(name), 'index'), join(path, 'index'))
  // Last: without it git sees no repository.
  writeFileSync(join(path, 'HEAD'), `${commit}\n`)
}

export async function removeRepository(places: DataPlaces, name: string): Promise<void> {
  await removeTree(repositoryPath(places, name))
}

/** The mounts that put the folder where the worktree's `.git` file leads; none for another folder than a worktree. */
export function repositoryMounts(places: DataPlaces, root: string): NonNullable<Command['moved']> {
  const name = basename(root)
  const path = repositoryPath(places, name)
  if (dirname(root) !== places.worktrees || !existsSync(join(path, 'HEAD'))) return []
  const store = readFileSync(join(path, 'objects/info/alternates'), 'utf8').trim()
  return [
    { from: path, to: join(places.clone, 'worktrees', name) },
    { from: store, to: store },
  ]
}

function repositoryPath(places: DataPlaces, name: string): string {
  return join(places.repositories, fileName(name))
}

const bases = new WeakMap<Clone, Map<string, string>>()

/** Kept for each commit: a commit of the user's that is found later is no better base for the same history. */
async function baseOf(clone: Clone, places: DataPlaces, commit: string): Promise<string> {
  const known = bases.get(clone) ?? new Map<string, string>()
  bases.set(clone, known)
  const base = known.get(commit) ?? (await findBase(clone, places, commit))
  known.set(commit, base)
  return base
}

/** The newest commit of the user's, or of another machine's bundle, before this one; else the commit itself. */
async function findBase(clone: Clone, places: DataPlaces, commit: string): Promise<string> {
  if (existsSync(storePath(places, commit))) return commit
  const refs = ['for-each-ref', '--format=%(objectname)', 'refs/canopy/heads', 'refs/canopy/code']
  const known = new Set((await clone.git(refs)).split('\n'))
  if (known.has(commit)) return commit
  const line = await clone.git(['rev-list', '--first-parent', `--max-count=${MAX_OWN_COMMITS}`, commit])
  return line.split('\n').find((each) => known.has(each)) ?? commit
}

function storePath(places: DataPlaces, base: string): string {
  return join(places.history, base)
}

/** A bare repository with this commit and the newest before it; complete or absent. */
async function makeStore(clone: Clone, places: DataPlaces, base: string): Promise<string> {
  const store = storePath(places, base)
  await withKeyLock(`history ${store}`, async () => {
    if (existsSync(store)) return
    const unfinished = `${store}.${randomUUID()}.tmp`
    try {
      mkdirSync(places.history, { recursive: true })
      const format = `--object-format=${formatOf(base)}`
      await clone.git(['init', '--quiet', '--bare', '--template=', format, unfinished])
      const ref = `refs/canopy/base/${base}`
      await clone.git(['update-ref', ref, base])
      const quiet = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules']
      const fetch = ['-c', 'fetch.unpackLimit=1', 'fetch', ...quiet, `--depth=${MAX_DEPTH}`]
      await clone.git([...fetch, clone.path, `${ref}:${ref}`], { gitDir: unfinished })
      await rename(unfinished, store)
    } finally {
      await removeTree(unfinished)
    }
  })
  return store
}

/** The objects of the commits between the two, in the folder's own pack. */
async function packOwn(
  clone: Clone,
  path: string,
  { commit, base, isAlone }: { commit: string; base: string; isAlone: boolean },
): Promise<void> {
  const wanted = [...(isAlone ? [`--shallow ${commit}`] : []), commit, `^${base}`]
  const args = ['pack-objects', '--quiet', '--revs', join(path, 'objects/pack/pack')]
  await clone.git(args, { input: `${wanted.join('\n')}\n` })
}

function shallowOf(store: string): string[] {
  const file = join(store, 'shallow')
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
}

const formatOf = (commit: string) => (commit.length === 64 ? 'sha256' : 'sha1')

/** Inside, files have another owner than the index says, so git compares times and sizes only. */
function settings(commit: string): string {
  const isSha256 = formatOf(commit) === 'sha256'
  const core = `[core]\n\trepositoryformatversion = ${isSha256 ? 1 : 0}\n\tbare = false\n\tcheckStat = minimal\n`
  return isSha256 ? `${core}[extensions]\n\tobjectFormat = sha256\n` : core
}

/** Git replaces an index and never writes into it, so both can be one file. */
function placeIndex(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to)
  }
}
