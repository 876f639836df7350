// Remove tree
//
// Owns:   removing a folder with all that is in it, whatever code that nobody trusts has put there.
//
// R1. No link is followed, also none that takes a folder's place while this runs: each folder is emptied through its
//     descriptor.
// R2. Folders nested thousands deep, names that are no text and folders that cannot be entered are removed, too.

import { randomUUID } from 'node:crypto'
import {
  chmod,
  constants,
  type FileHandle,
  lstat,
  open,
  readdir,
  rename,
  rm,
  rmdir,
  unlink,
} from 'node:fs/promises'
import { anchorOf, codeOf } from './open-folder.ts'

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants
/** Linux's own, which Node does not name: opens a folder for being named alone, without a right to read it. */
const O_PATH = 0o10000000
/** Deeper folders are moved to the top first: each one on the way down is held open. */
const MAX_DEPTH = 64
const MAX_PASSES = 1000

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
  // As bytes: a name that is no text could not be named otherwise.
  for (const entry of await readdir(here, { withFileTypes: true, encoding: 'buffer' })) {
    const path = Buffer.concat([Buffer.from(`${here}/`), entry.name])
    if (!entry.isDirectory() && (await isUnlinked(path))) continue
    if (order.depth >= MAX_DEPTH) await rename(path, `${anchorOf(order.top, order.topPlace)}/${randomUUID()}`)
    else await removeFolder(path, order)
  }
}

async function removeFolder(path: Buffer, order: Emptying): Promise<void> {
  const folder = await openEvenLocked(path)
  if (folder === undefined) return void (await isUnlinked(path))
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
async function isUnlinked(path: Buffer): Promise<boolean> {
  try {
    await unlink(path)
    return true
  } catch (error) {
    if (isGone(error)) return true
    if (codeOf(error) === 'EISDIR' || codeOf(error) === 'EPERM') return false
    throw error
  }
}

/** Undefined when it is no folder (any more). A test may have made folders that cannot be entered. */
async function openEvenLocked(path: Buffer): Promise<FileHandle | undefined> {
  const flags = O_DIRECTORY | O_NOFOLLOW
  try {
    const folder = await open(path, O_RDONLY | flags)
    // Of somebody else's folder, removing what is in it tells the reason.
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
