// Environment files
//
// Reads the `.env` files of a repository, so that their values are kept out of conversations and logs.

import { parseEnv } from 'node:util'
import { FileRefused, listInside, readTextInside } from './worktree-files.ts'

const ENVIRONMENT_FILE = /^\.env(\.[\w.-]+)?$/
const MAX_BYTES = 256 * 1024

/** All settings in the `.env` files of its top folder and among `more` paths; unreadable files are left out. */
export async function environmentFilesOf(
  repository: string,
  more: readonly string[] = [],
): Promise<Readonly<Record<string, string>>[]> {
  const names = (await listInside(repository, '')) ?? []
  const files = [...new Set([...names, ...more])].filter((path) =>
    ENVIRONMENT_FILE.test(path.split('/').at(-1) ?? ''),
  )
  return Promise.all(files.map((name) => settingsIn(repository, name)))
}

async function settingsIn(repository: string, name: string): Promise<Record<string, string>> {
  const text = await readTextInside(repository, name, MAX_BYTES).catch((error: unknown) => {
    if (error instanceof FileRefused) return undefined
    throw error
  })
  return parseEnv(text ?? '') as Record<string, string>
}
