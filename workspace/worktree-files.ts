// Worktree files
//
// Every access to a file below a root that a repository, a sandboxed command, a model, a node or an archive can shape:
// reading, listing, writing, copying, linking, removing. No other file of this room does that.
// Leaves: which paths are allowed (machines/plain-path.ts), opening folders (open-folder.ts), removing a whole tree
//         (remove-tree.ts), which files differ (worktree-changes.ts), the tools of models (agents/tools/).
//
// No link is followed in any part of a path: each folder is opened from the one before, and the opened file is the one
// that is used (open-folder.ts). Git's own files are neither read nor written, in any spelling. A file is replaced
// whole or not at all, and no half-written file is ever in the worktree. Only regular files are read, up to a limit in
// bytes.

import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, readdir, readlink, rename, rm, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { objectionToPath } from '../machines/index.ts'
import { absentOrRefused, codeOf, FileRefused, inFolder, inFolderSync } from './open-folder.ts'

export { FileRefused }

export interface FileVersion {
  readonly bytes: Buffer
  /** Permission bits. */
  readonly mode: number
}

export interface NewVersion extends FileVersion {
  /** A folder on the same file system that no other process writes to. */
  readonly spare: string
}

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants

/** The path as git names it, relative to the worktree; refuses paths that lead outside or into git's own folder. */
export function plainPath(root: string, path: string): string {
  const refuse = (reason: string) => new FileRefused(`${JSON.stringify(path)} ${reason}`)
  const inside = path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path
  if (inside.startsWith('/')) throw refuse('is outside the worktree: give a path relative to its top folder')
  const plain = inside
    .split('/')
    .filter((name) => name !== '' && name !== '.')
    .join('/')
  const objection = plain === '' ? undefined : objectionToPath(plain)
  if (objection !== undefined) throw refuse(objection)
  return plain
}

/** The current content; undefined when there is no file. */
export async function readInside(
  root: string,
  path: string,
  maxBytes: number,
): Promise<FileVersion | undefined> {
  const { folders, name } = partsOf(root, path)
  return inFolder({ root, folders }, async (folder) => {
    const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK
    const file = await open(join(folder, name), flags).catch(absentOrRefused(path))
    if (file === undefined) return undefined
    try {
      return await readWhole(file, path, maxBytes)
    } finally {
      await file.close()
    }
  })
}

export async function readTextInside(
  root: string,
  path: string,
  maxBytes: number,
): Promise<string | undefined> {
  return (await readInside(root, path, maxBytes))?.bytes.toString('utf8')
}

/** Reads at most the bytes that the file had when it was opened: one that grows meanwhile is cut. */
async function readWhole(file: FileHandle, path: string, maxBytes: number): Promise<FileVersion> {
  const stat = await file.stat()
  if (stat.isDirectory()) throw new FileRefused(`${path} is a folder`)
  if (!stat.isFile()) throw new FileRefused(`${path} is not a regular file`)
  if (stat.size > maxBytes) throw new FileRefused(`${path} has ${stat.size} bytes, more than ${maxBytes}`)
  const bytes = Buffer.alloc(stat.size)
  let length = 0
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return { bytes: bytes.subarray(0, length), mode: stat.mode & 0o777 }
}

/** Creates missing folders, too. */
export async function replaceInside(root: string, path: string, version: NewVersion): Promise<void> {
  const { folders, name } = partsOf(root, path)
  const unfinished = join(version.spare, `${randomUUID()}.tmp`)
  await mkdir(version.spare, { recursive: true })
  try {
    const file = await open(unfinished, O_WRONLY | O_CREAT | O_EXCL, 0o600)
    try {
      await file.writeFile(version.bytes)
      await file.chmod(version.mode)
    } finally {
      await file.close()
    }
    const placed = await inFolder({ root, folders, make: true }, async (folder) => {
      await rename(unfinished, join(folder, name)).catch((error) => {
        throw codeOf(error) === 'EISDIR' ? new FileRefused(`${path} is a folder`) : error
      })
      return true
    })
    if (placed === undefined)
      throw new FileRefused(`${path} was not written: its folder was removed meanwhile`)
  } finally {
    await rm(unfinished, { force: true })
  }
}

/** Removes a file or a link, never the target of a link. Does nothing when there is none. */
export async function removeInside(root: string, path: string): Promise<void> {
  const { folders, name } = partsOf(root, path)
  await inFolder({ root, folders }, (folder) =>
    unlink(join(folder, name)).catch((error) => {
      if (codeOf(error) === 'EISDIR' || codeOf(error) === 'EPERM')
        throw new FileRefused(`${path} is a folder`)
      absentOrRefused(path)(error)
    }),
  )
}

/** Creates a folder and those above it. */
export async function makeFolderInside(root: string, path: string): Promise<void> {
  const folders = plainPath(root, path).split('/')
  const made = await inFolder({ root, folders, make: true }, async () => true)
  if (made === undefined)
    throw new FileRefused(`${path} was not made: a folder above it was removed meanwhile`)
}

/** Lets `make` create an entry for each name in a folder, except for names that exist. */
export function makeInside(
  root: string,
  path: string,
  names: Iterable<string>,
  make: (place: string, name: string) => void,
): void {
  const folders = plainPath(root, path).split('/')
  const made = inFolderSync({ root, folders, make: true }, (folder) => {
    for (const name of names) unlessTaken(() => make(join(folder, nameIn(name)), name))
    return true
  })
  if (made === undefined)
    throw new FileRefused(`${path} was not made: a folder above it was removed meanwhile`)
}

function unlessTaken(make: () => void): void {
  try {
    make()
  } catch (error) {
    // The repository tracks a package of its own there.
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

function nameIn(name: string): string {
  if (name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name)) return name
  throw new FileRefused(`${JSON.stringify(name)} is no name of a file`)
}

export type Kind = 'file' | 'folder' | 'link' | 'other' | 'absent'

/** The kind of an entry, without following it; for a link, its target. */
export async function kindInside(root: string, path: string): Promise<{ kind: Kind; target?: string }> {
  const { folders, name } = partsOf(root, path)
  const found = await inFolder({ root, folders }, async (folder) => {
    const place = join(folder, name)
    const stat = await lstat(place).catch(absentOrRefused(path))
    if (stat === undefined) return undefined
    if (stat.isSymbolicLink()) return { kind: 'link' as const, target: await readlink(place) }
    return { kind: stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : 'other' } as const
  })
  return found ?? { kind: 'absent' }
}

/** The names in a folder, sorted; undefined when there is none. An empty path is the root itself. */
export async function listInside(root: string, path: string): Promise<string[] | undefined> {
  const folders = plainPath(root, path).split('/').filter(Boolean)
  return inFolder({ root, folders }, async (folder) => (await readdir(folder)).sort())
}

function partsOf(root: string, path: string): { folders: string[]; name: string } {
  const folders = plainPath(root, path).split('/')
  const name = folders.pop() ?? ''
  if (name === '') throw new FileRefused(`${JSON.stringify(path)} names no file`)
  return { folders, name }
}
