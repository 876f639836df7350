// Open folder
//
// Opens folders from a root downwards, each from the one before, following no link.
// Leaves: work in the last folder (worktree-files.ts, remove-tree.ts), which paths are allowed (machines/).
//
// The opened folder is the one that is used: a link that replaces it afterwards has no effect. On a system without
// /proc, a link that is put there between two checks is followed.

import { closeSync, constants, existsSync, mkdirSync, openSync } from 'node:fs'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'

/** Refuses a path or a file; the message is for the caller who named it. */
export class FileRefused extends Error {}

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants
const FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
const DESCRIPTORS = '/proc/self/fd'
const hasDescriptors = existsSync(DESCRIPTORS)

export interface FolderOrder {
  readonly root: string
  /** The names on the way down; empty: the root itself. */
  readonly folders: readonly string[]
  /** Creates missing folders. */
  readonly make?: boolean
}

/** Uses a folder while it is open; undefined when it is missing. `use` gets a path that no link can redirect. */
export async function inFolder<T>(
  { root, folders, make = false }: FolderOrder,
  use: (folder: string) => Promise<T>,
): Promise<T | undefined> {
  let here = await open(root, FOLDER).catch(absentOrRefused(root))
  if (here === undefined) return undefined
  let place = root
  try {
    for (const name of folders) {
      const path = join(anchorOf(here, place), name)
      if (make) await mkdir(path).catch(unlessThere)
      const next = await open(path, FOLDER).catch(absentOrRefused(below(root, place, name)))
      if (next === undefined) return undefined
      await here.close()
      here = next
      place = join(place, name)
    }
    return await use(anchorOf(here, place))
  } finally {
    await here.close()
  }
}

/** The same with synchronous calls, which are a hundred times as fast for hundreds of small operations. */
export function inFolderSync<T>(
  { root, folders, make = false }: FolderOrder,
  use: (folder: string) => T,
): T | undefined {
  let here: number | undefined
  let place = root
  try {
    here = opened(root, root)
    for (const name of folders) {
      if (here === undefined) return undefined
      const path = join(pathOf(here, place), name)
      if (make) madeSync(path)
      const next = opened(path, below(root, place, name))
      closeSync(here)
      here = next
      place = join(place, name)
    }
    return here === undefined ? undefined : use(pathOf(here, place))
  } finally {
    if (here !== undefined) closeSync(here)
  }
}

function opened(path: string, named: string): number | undefined {
  try {
    return openSync(path, FOLDER)
  } catch (error) {
    return absentOrRefused(named)(error)
  }
}

function madeSync(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    unlessThere(error)
  }
}

function unlessThere(error: unknown): void {
  if (codeOf(error) !== 'EEXIST') throw error
}

const below = (root: string, place: string, name: string) => join(place, name).slice(root.length + 1)

/** A path to an open folder that no link can redirect. */
export function anchorOf(folder: FileHandle, place: string): string {
  return pathOf(folder.fd, place)
}

function pathOf(descriptor: number, place: string): string {
  return hasDescriptors ? join(DESCRIPTORS, String(descriptor)) : place
}

/** For the `catch` of opening: a missing entry is undefined, and anything but a plain file or folder is refused. */
export function absentOrRefused(path: string): (error: unknown) => undefined {
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

export function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code
}
