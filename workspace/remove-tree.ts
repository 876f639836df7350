// Remove tree
//
// Removes a folder with all content, even if untrusted code filled it.
//
// No link is followed, not even one that replaces a folder meanwhile: each folder is emptied through its descriptor.
// Folders nested thousands deep, names that are not text and folders without permissions are removed, too. Files are
// removed synchronously, which takes a twentieth of the processor time; other work goes on after each slice of them.

import { randomUUID } from 'node:crypto'
import { unlinkSync } from 'node:fs'
import { chmod, constants, type FileHandle, lstat, open, readdir, rename, rm, rmdir } from 'node:fs/promises'
import { setImmediate as othersTurn } from 'node:timers/promises'
import { anchorOf, codeOf } from './open-folder.ts'

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants
/** A flag of Linux that Node does not name: opens a folder only for naming it, without a right to read it. */
const O_PATH = 0o10000000
/** Deeper folders are moved to the top first, because each open level costs a descriptor. */
const MAX_DEPTH = 64
const MAX_PASSES = 1000
/** Files that are removed before other work gets its turn. */
const SLICE_FILES = 256

export async function removeTree(path: string): Promise<void> {
  const stat = await lstat(path).catch((error) => (isGone(error) ? undefined : Promise.reject(error)))
  if (stat === undefined) return
  if (!stat.isDirectory()) return rm(path, { force: true })
  const top = await openEvenLocked(Buffer.from(path))
  if (top === undefined) return rm(path, { force: true })
  try {
    for (let pass = 0; pass < MAX_PASSES; pass += 1) {
      await empty({ folder: top, place: path, top, topPlace: path, depth: 0 })
      if ((await readdir(anchorOf(top, path))).length === 0) break
    }
  } finally {
    await top.close()
  }
  await rmdir(path).catch((error) => (isGone(error) ? undefined : Promise.reject(error)))
}

interface Emptying {
  readonly folder: FileHandle
  readonly place: string
  readonly top: FileHandle
  readonly topPlace: string
  readonly depth: number
}

async function empty(order: Emptying): Promise<void> {
  const here = anchorOf(order.folder, order.place)
  // As bytes: a name that is not text has no other form.
  const entries = await readdir(here, { withFileTypes: true, encoding: 'buffer' })
  for (const [at, entry] of entries.entries()) {
    if (at % SLICE_FILES === SLICE_FILES - 1) await othersTurn()
    const path = Buffer.concat([Buffer.from(`${here}/`), entry.name])
    if (!entry.isDirectory() && isUnlinked(path)) continue
    if (order.depth >= MAX_DEPTH) await rename(path, `${anchorOf(order.top, order.topPlace)}/${randomUUID()}`)
    else await removeFolder(path, order)
  }
}

async function removeFolder(path: Buffer, order: Emptying): Promise<void> {
  const folder = await openEvenLocked(path)
  if (folder === undefined) return void isUnlinked(path)
  try {
    await empty({ ...order, folder, place: path.toString(), depth: order.depth + 1 })
  } finally {
    await folder.close()
  }
  // Not empty any more: the next pass finds it.
  await rmdir(path).catch((error) => {
    if (!isGone(error) && codeOf(error) !== 'ENOTEMPTY') throw error
  })
}

/** False when it is a folder after all: some file systems do not tell. */
function isUnlinked(path: Buffer): boolean {
  try {
    unlinkSync(path)
    return true
  } catch (error) {
    if (isGone(error)) return true
    if (codeOf(error) === 'EISDIR' || codeOf(error) === 'EPERM') return false
    throw error
  }
}

/** Undefined when it is no folder (any more). A test may have made folders without permissions. */
async function openEvenLocked(path: Buffer): Promise<FileHandle | undefined> {
  const flags = O_DIRECTORY | O_NOFOLLOW
  try {
    const folder = await open(path, O_RDONLY | flags)
    // For another user's folder, removing its content reports the reason.
    await folder.chmod(0o700).catch(() => {})
    return folder
  } catch (error) {
    if (isGone(error) || codeOf(error) === 'ELOOP') return undefined
    if (codeOf(error) !== 'EACCES') throw error
  }
  const named = await open(path, O_PATH | flags)
  try {
    await chmod(anchorOf(named, path.toString()), 0o700)
  } finally {
    await named.close()
  }
  return open(path, O_RDONLY | flags)
}

function isGone(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'
}
