// Accept files
//
// Copies the files of an acceptance check, which the user keeps outside the repository, into a worktree.
// Leaves: the worktree, running the command (accept.ts).
//
// A file that cannot be placed is a finding. A file of the tree with the same path is replaced. Only regular files are
// copied, and no link is followed on either side.

import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { WorkspaceParts } from './parts.ts'
import { FileRefused, readInside, replaceInside } from './worktree-files.ts'

const MAX_FILES = 2_000
const MAX_FILE_BYTES = 16 * 1024 * 1024

/** Why they could not all be placed; undefined when they are. */
export async function placeAcceptFiles(
  { places }: Pick<WorkspaceParts, 'places'>,
  folder: string,
  root: string,
): Promise<string | undefined> {
  try {
    const paths = await filesBelow(folder)
    if (paths.length > MAX_FILES)
      return `${folder} holds ${paths.length} files; expected at most ${MAX_FILES}`
    for (const path of paths) {
      const file = await readInside(folder, path, MAX_FILE_BYTES)
      if (file) await replaceInside(root, path, { ...file, spare: join(places.scratch, 'accept') })
    }
    return undefined
  } catch (error) {
    if (error instanceof FileRefused || (error as NodeJS.ErrnoException).code !== undefined)
      return `the acceptance files in ${folder} could not be placed: ${(error as Error).message}`
    throw error
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const strange = entries.find((entry) => !entry.isFile() && !entry.isDirectory())
  const pathOf = (entry: { parentPath: string; name: string }) =>
    relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/')
  if (strange) throw new FileRefused(`${pathOf(strange)} is a link or no regular file`)
  return entries
    .filter((entry) => entry.isFile())
    .map(pathOf)
    .sort()
}
