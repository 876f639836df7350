// Worktree files
//
// Owns:   reading and replacing single files of a worktree in which code has run that nobody trusts.
// Leaves: which files differ (worktree-changes.ts), what a model may do to them (tools/).
//
// F1. No link is followed, at no part of a path: each folder is opened by itself from the one before, and what is
//     looked at is what was opened. Where the system has no /proc, a link put there between two looks is followed.
// F2. What belongs to git is neither read nor written, and packages are not written, however their names are spelt.
// F3. A file is replaced whole or not at all, and nothing half written is ever in the worktree.

import { randomUUID } from 'node:crypto'
import { constants, existsSync } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, readlink, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Said of a path or a file that is not dealt with, for whoever named it. */
export class FileRefused extends Error {}

export interface FileVersion {
  readonly bytes: Buffer
  /** Permission bits. */
  readonly mode: number
}

export interface NewVersion extends FileVersion {
  /** A folder on the same file system that nobody else writes to. */
  readonly spare: string
}

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants
const DESCRIPTORS = '/proc/self/fd'
const hasDescriptors = existsSync(DESCRIPTORS)
/** Some file systems leave these out when they compare names. */
const LEFT_OUT = /[\u200b-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g
const OF_GIT = /^(\.git|git~\d+)([ .]*|:.*)$/i

/** The path as git would name it, relative to the worktree; refuses all that leads out of it or into git's own. */
export function plainPath(root: string, path: string): string {
  const inside = path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path
  const names = inside.split('/').filter((name) => name !== '' && name !== '.')
  const refuse = (reason: string) => new FileRefused(`${JSON.stringify(path)} ${reason}`)
  if (path.includes('\0')) throw refuse('has a NUL character in it')
  if (inside.startsWith('/')) throw refuse('is outside the worktree: give a path relative to its top folder')
  if (names.includes('..'))
    throw refuse('has .. in it: give a path relative to the top folder of the worktree')
  if (names.some(isOfGit)) throw refuse("is git's own: the files of the worktree are all there is to work on")
  if (inside.length > 1024) throw refuse(`has ${inside.length} characters, more than 1024`)
  return names.join('/')
}

/** Whether git, or a file system that compares names loosely, would take this name for `.git`. */
export function isOfGit(name: string): boolean {
  return OF_GIT.test(name.replace(LEFT_OUT, ''))
}

export function isOfPackages(path: string): boolean {
  return path.toLowerCase().split('/').includes('node_modules')
}

/** What is there now; undefined when there is nothing. */
export async function readInside(
  root: string,
  path: string,
  mostBytes: number,
): Promise<FileVersion | undefined> {
  const { folders, name } = partsOf(root, path)
  return inFolder(root, folders, false, async (folder) => {
    const file = await open(join(folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(
      absentOrRefused(path),
    )
    if (file === undefined) return undefined
    try {
      return await readWhole(file, path, mostBytes)
    } finally {
      await file.close()
    }
  })
}

async function readWhole(file: FileHandle, path: string, mostBytes: number): Promise<FileVersion> {
  const stat = await file.stat()
  if (stat.isDirectory()) throw new FileRefused(`${path} is a folder`)
  if (!stat.isFile()) throw new FileRefused(`${path} is not a regular file`)
  if (stat.size > mostBytes) throw new FileRefused(`${path} has ${stat.size} bytes, more than ${mostBytes}`)
  return { bytes: await file.readFile(), mode: stat.mode & 0o777 }
}

/** Makes the folders that are missing, too. */
export async function replaceInside(root: string, path: string, version: NewVersion): Promise<void> {
  const { folders, name } = partsOf(root, path)
  if (isOfPackages(path)) throw new FileRefused(`${path} is an installed package's: those are not written to`)
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
    const placed = await inFolder(root, folders, true, async (folder) => {
      await rename(unfinished, join(folder, name)).catch((error) => {
        throw codeOf(error) === 'EISDIR' ? new FileRefused(`${path} is a folder`) : error
      })
      return true
    })
    if (placed === undefined) throw new FileRefused(`${path} was not written: its folder went away meanwhile`)
  } finally {
    await rm(unfinished, { force: true })
  }
}

export type Kind = 'file' | 'folder' | 'link' | 'other' | 'absent'

/** What is at a path, without following it; for a link, where it says it leads. */
export async function kindInside(root: string, path: string): Promise<{ kind: Kind; target?: string }> {
  const { folders, name } = partsOf(root, path)
  const found = await inFolder(root, folders, false, async (folder) => {
    const place = join(folder, name)
    const stat = await lstat(place).catch(absentOrRefused(path))
    if (stat === undefined) return undefined
    if (stat.isSymbolicLink()) return { kind: 'link' as const, target: await readlink(place) }
    return { kind: stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : 'other' } as const
  })
  return found ?? { kind: 'absent' }
}

function partsOf(root: string, path: string): { folders: string[]; name: string } {
  const folders = plainPath(root, path).split('/')
  const name = folders.pop() ?? ''
  if (name === '') throw new FileRefused(`${JSON.stringify(path)} names no file`)
  return { folders, name }
}

/** Goes down folder by folder, holding the last one open while it is used (F1). */
async function inFolder<T>(
  root: string,
  folders: readonly string[],
  make: boolean,
  use: (folder: string) => Promise<T>,
): Promise<T | undefined> {
  let here = await open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  let place = root
  try {
    for (const name of folders) {
      const next = await openFolder(
        join(anchor(here, place), name),
        make,
        join(place, name).slice(root.length + 1),
      )
      if (next === undefined) return undefined
      await here.close()
      here = next
      place = join(place, name)
    }
    return await use(anchor(here, place))
  } finally {
    await here.close()
  }
}

/** A path to an open folder that nobody can lead elsewhere. */
function anchor(folder: FileHandle, place: string): string {
  return hasDescriptors ? join(DESCRIPTORS, String(folder.fd)) : place
}

async function openFolder(path: string, make: boolean, name: string): Promise<FileHandle | undefined> {
  if (make)
    await mkdir(path).catch((error) => (codeOf(error) === 'EEXIST' ? undefined : Promise.reject(error)))
  return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).catch(absentOrRefused(name))
}

function absentOrRefused(path: string): (error: unknown) => undefined {
  return (error) => {
    const code = codeOf(error)
    if (code === 'ENOENT') return undefined
    if (code === 'ELOOP' || code === 'ENOTDIR')
      throw new FileRefused(
        `${path} is a link or leads over one, or over a file that is no folder: links are not followed`,
      )
    if (code === 'ENAMETOOLONG') throw new FileRefused(`${path} is too long a name`)
    if (code === 'EACCES' || code === 'EPERM') throw new FileRefused(`${path} cannot be opened: ${code}`)
    if (code === 'ENXIO') throw new FileRefused(`${path} is not a regular file`)
    throw error
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code
}
