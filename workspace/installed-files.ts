// Installed files
//
// Fingerprints of the installed packages, to compare before and after tests that run without a sandbox. In the sandbox
// the packages are read-only; without one nothing keeps a test from writing into its own test runner.

import { lstat, readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** So many files are looked at together. */
const AT_ONCE = 64

/**
 * By path below the folder: inode, size and time of the last change, which no program can set back. The content is not
 * read. Empty when there is no such folder.
 */
export async function installedFiles(folder: string): Promise<ReadonlyMap<string, string>> {
  const paths = await filesBelow(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const prints = new Map<string, string>()
  for (let at = 0; at < paths.length; at += AT_ONCE) {
    const looks = paths.slice(at, at + AT_ONCE).map(async (path) => {
      const { ino, size, ctimeNs } = await lstat(path, { bigint: true })
      prints.set(relative(folder, path), `${ino} ${size} ${ctimeNs}`)
    })
    await Promise.all(looks)
  }
  return prints
}

/** Everything but folders; links are not followed, as Node's own recursive listing does. */
async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = []
  const folders = [folder]
  for (let next = folders.pop(); next !== undefined; next = folders.pop())
    for (const entry of await readdir(next, { withFileTypes: true }))
      (entry.isDirectory() ? folders : found).push(join(next, entry.name))
  return found
}
