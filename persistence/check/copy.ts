// Copy
//
// Owns:   a copy of a store's files for reading: opening a LevelDB changes its files.
//
// No process may write to the store meanwhile; if one has it open, copying rejects with `locked`.
//
// Tables never change once written, so they are hard-linked where the file system allows it; other files are copied.

import { copyFile, link, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { holdLock } from '../lock.ts'

export interface Copy {
  readonly path: string
  remove(): Promise<void>
}

export async function copyStore(directory: string): Promise<Copy> {
  const place = resolve(directory)
  const release = await holdLock(place)
  try {
    return await copyFiles(place)
  } finally {
    await release()
  }
}

/** The same for a caller that holds the lock already. */
export async function copyFiles(place: string): Promise<Copy> {
  const copy = await emptyPlace(place)
  try {
    for (const file of await readdir(place, { withFileTypes: true })) {
      // LevelDB has no folders; a disk may have one of its own there.
      if (file.name !== 'LOCK' && !file.isDirectory()) await take(file.name, place, copy.path)
    }
    return copy
  } catch (error) {
    await copy.remove()
    throw error
  }
}

/** An empty directory on the same disk if possible, otherwise in the directory for temporary files. */
export async function emptyPlace(beside: string): Promise<Copy> {
  const name = `.${basename(beside)}-check-`
  const path = await mkdtemp(join(dirname(beside), name)).catch(() =>
    mkdtemp(join(tmpdir(), `canopy${name}`)),
  )
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

async function take(file: string, from: string, to: string): Promise<void> {
  const [source, target] = [join(from, file), join(to, file)]
  if (/\.(ldb|sst)$/.test(file)) {
    const linked = await link(source, target).then(
      () => true,
      () => false,
    )
    if (linked) return
  }
  await copyFile(source, target)
}
