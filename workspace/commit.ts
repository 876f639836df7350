// Commit
//
// Owns:   making commits from files and from other commits without a checkout: the same input gives the same hash,
//         whenever and however often it is asked.
//
// K1. No clock: a commit is dated one second after its parent.
// K2. No filter, no hook, no index of anybody's: blobs and trees are written directly.

import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clone } from './clone.ts'
import type { Places } from './places.ts'

export interface FileContent {
  readonly path: string
  readonly content: Uint8Array
}

/** One path that a commit changed. */
export interface Change {
  readonly status: string
  readonly path: string
  readonly mode: string
  readonly blob: string
}

export interface CommitOrder {
  readonly parent: string
  readonly tree: string
  readonly message: string
}

export async function writeBlobs(clone: Clone, files: readonly FileContent[]): Promise<Change[]> {
  const changes: Change[] = []
  for (const { path, content } of files) {
    const blob = await clone.git(['hash-object', '-w', '--stdin', '--no-filters'], { input: content })
    changes.push({ status: 'A', path, mode: '100644', blob: blob.trim() })
  }
  return changes
}

/** The tree of a commit with these changes made. */
export async function writeTree(
  clone: Clone,
  places: Places,
  order: { readonly of: string; readonly changes: readonly Change[] },
): Promise<string> {
  const index = join(places.scratch, `index-${randomUUID()}`)
  await mkdir(places.scratch, { recursive: true })
  try {
    await clone.git(['read-tree', order.of], { index })
    const entries = order.changes.map(({ mode, blob, path }) => `${mode} ${blob}\t${path}\0`).join('')
    await clone.git(['update-index', '-z', '--index-info'], { index, input: entries })
    return (await clone.git(['write-tree'], { index })).trim()
  } finally {
    await rm(index, { force: true })
  }
}

export async function writeCommit(clone: Clone, { parent, tree, message }: CommitOrder): Promise<string> {
  const time = (await clone.time(parent)) + 1
  const args = ['commit-tree', tree, '-p', parent, '-F', '-']
  return (await clone.git(args, { input: message, time })).trim()
}

/** What a commit changed against its parent. */
export async function changesOf(clone: Clone, commit: string): Promise<Change[]> {
  const raw = await clone.git(['diff-tree', '-r', '-z', '--no-renames', '--raw', `${commit}^`, commit])
  const fields = raw.split('\0')
  const changes: Change[] = []
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [, mode = '', , blob = '', status = ''] = (fields[at] ?? '').split(' ')
    changes.push({ status, mode, blob, path: fields[at + 1] ?? '' })
  }
  return changes
}

/** The blob at a path of a commit; undefined when nothing is there. */
export async function blobAt(clone: Clone, commit: string, path: string): Promise<string | undefined> {
  const line = await clone.git(['ls-tree', '-z', commit, '--', path])
  return line === '' ? undefined : line.split(/[\s\0]/)[2]
}
