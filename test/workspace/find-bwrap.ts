// Where bubblewrap is on this machine. Tests of the sandbox fail when it is nowhere: a skipped fence is no fence.

import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

export function findBwrap(): string {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'canopy', 'bin')
  const folders = [cache, ...(process.env.PATH ?? '').split(delimiter)]
  const found = folders.map((folder) => join(folder, 'bwrap')).find((path) => existsSync(path))
  if (found === undefined)
    throw new Error('bwrap is neither in the cache nor on the PATH: apt-get install bubblewrap')
  return found
}
