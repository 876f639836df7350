// Where Canopy keeps things, and as whom it runs.

import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { cacheRoot, privateFolder } from '../../../programs/index.ts'
import { type DoctorCheck, type DoctorFinding, missing, ok, weaker } from '../check.ts'

const GB = 1024 ** 3
const MIN_FREE_GB = 1
const AMPLE_FREE_GB = 10

export const disk: DoctorCheck = {
  name: 'disk',
  async look({ stateDirectory }) {
    const free = (await freeBytes(stateDirectory)) / GB
    const found = `${free.toFixed(1)} GB free for ${stateDirectory}`
    const wayOut = 'free some, or keep the state elsewhere: --data DIR'
    if (free < MIN_FREE_GB) return missing(found, 'a run fills it at once', wayOut)
    if (free > AMPLE_FREE_GB) return ok(found)
    return weaker(found, 'code in the sandbox may take 2 GB of it (sandbox.disk-mb)', wayOut)
  },
}

/** Of the nearest folder that is there. */
async function freeBytes(path: string): Promise<number> {
  const found = await statfs(path).catch(() => undefined)
  if (found !== undefined) return found.bavail * found.bsize
  return dirname(path) === path ? 0 : freeBytes(dirname(path))
}

export const cache: DoctorCheck = {
  name: 'cache',
  async look({ env }): Promise<DoctorFinding> {
    const path = cacheRoot(env)
    try {
      privateFolder(path)
      return ok(`${path} is writable by you alone`)
    } catch (error) {
      return weaker(
        (error as Error).message,
        'programs that Canopy fetched are not used: others could change them',
        `chmod 700 ${path}, or another XDG_CACHE_HOME`,
      )
    }
  },
}

export const account: DoctorCheck = {
  name: 'account',
  async look() {
    if (process.getuid?.() !== 0) return ok('an ordinary user')
    return weaker(
      'root',
      "code in the sandbox has root's user id: only the mounts keep it from files, and it may change the permissions of /dev/null",
      'run Canopy as an ordinary user',
    )
  },
}
