// Code bundle
//
// Copies the tree of a commit to a clone on another machine, in a git bundle.
//
// No history is sent: a bundle is made from a shallow copy of the clone, and the receiving clone records that the
// commit has no parents to look for. So a shallow repository is no special case. The commit keeps its hash: commits
// made on it elsewhere apply here.

import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clone } from '../clone.ts'
import type { Git } from '../git.ts'
import { withKeyLock } from '../keyed-mutex.ts'
import type { WorkspaceParts } from '../parts.ts'
import type { DataPlaces } from '../places.ts'

const refOf = (commit: string) => `refs/canopy/code/${commit}`
const QUIET = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', '--force']

export async function packCode(
  { git, clone, places }: WorkspaceParts,
  { commit, known }: { commit: string; known: string | null },
): Promise<string> {
  const ref = refOf(commit)
  await mkdir(places.scratch, { recursive: true })
  const file = join(places.scratch, `code-${randomUUID()}.bundle`)
  await withKeyLock(`code ${places.code}`, async () => {
    await ensureBare(git, places.code, await formatOf(git, clone.path))
    await clone.git(['update-ref', ref, commit])
    const grows =
      known !== null && (await has(git, places.code, known)) && (await isAncestor(clone, known, commit))
    // A commit that continues one that the other has is fetched down to it; any other is fetched alone.
    const depth = grows ? [] : ['--depth=1']
    await git({ gitDir: places.code, args: ['fetch', ...QUIET, ...depth, clone.path, `${ref}:${ref}`] })
    const without = grows ? [`^${known}`] : []
    await git({ gitDir: places.code, args: ['bundle', 'create', '--quiet', file, ref, ...without] })
  })
  return file
}

export async function takeCode(
  { git, clone, places }: WorkspaceParts,
  { commit, file }: { commit: string; file: string },
): Promise<void> {
  await withKeyLock(`code ${clone.path}`, async () => {
    if ((await clone.resolve(commit)) !== undefined) return
    await ensureClone(git, places, commit)
    const shallow = join(clone.path, 'shallow')
    const known = await readFile(shallow, 'utf8').catch(() => '')
    if (!known.includes(commit)) await appendFile(shallow, `${commit}\n`)
    const ref = refOf(commit)
    await clone.git(['fetch', ...QUIET, file, `${ref}:${ref}`])
  })
}

/** The other machine has no repository to clone. */
async function ensureClone(git: Git, places: DataPlaces, commit: string): Promise<void> {
  await ensureBare(git, places.clone, commit.length === 64 ? 'sha256' : 'sha1')
}

async function ensureBare(git: Git, place: string, format: string): Promise<void> {
  if (existsSync(join(place, 'HEAD'))) return
  await git({
    args: [
      'init',
      '--quiet',
      '--bare',
      '--template=',
      `--object-format=${format}`,
      '--initial-branch=canopy/none',
      place,
    ],
  })
}

async function formatOf(git: Git, place: string): Promise<string> {
  return (await git({ gitDir: place, args: ['rev-parse', '--show-object-format'] })).stdout.trim()
}

async function isAncestor(clone: Clone, known: string, commit: string): Promise<boolean> {
  return clone.git(['merge-base', '--is-ancestor', known, commit]).then(
    () => true,
    () => false,
  )
}

async function has(git: Git, place: string, commit: string): Promise<boolean> {
  return (await git({ gitDir: place, args: ['cat-file', '-e', commit], accept: [1, 128] })).code === 0
}
