// Mount sources
//
// Opens the parts of the host that a command may see, so that the checked source is the mounted one.
// Leaves: which folders a command needs (its caller), the order of the mounts (fence.ts).
//
// A source is opened one name at a time and no link is followed; bubblewrap mounts the descriptor. No source shows
// another part of the machine: not `/`, the home, or a folder above it, and no file of the kernel's.

import { closeSync, constants, fstatSync, openSync, realpathSync, type Stats } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'

export type MountKind = 'file or folder' | 'socket'

/** The message names the source that was refused, and the reason. */
export class MountRefused extends Error {}

// Not in node:fs: opens a name without reading or following it.
const O_PATH = 0o10000000

/** The descriptor of a source, which the caller closes; throws `MountRefused`. */
export function openMountSource(path: string, kind: MountKind): number {
  const real = realPath(path)
  if (kind !== 'socket') refuseWide(path, real)
  const descriptor = openWithoutLinks(real, path)
  const found = fstatSync(descriptor)
  if (isOfKind(found, kind)) return descriptor
  closeSync(descriptor)
  throw new MountRefused(`${path} is not a ${kind}; only that is mounted into the sandbox`)
}

function isOfKind(found: Stats, kind: MountKind): boolean {
  return kind === 'socket' ? found.isSocket() : found.isFile() || found.isDirectory()
}

/** Links above a source are the user's own (a home on another disk); the source itself may be none. */
function realPath(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path))
  } catch (error) {
    throw new MountRefused(`${path} cannot be mounted into the sandbox: ${(error as Error).message}`)
  }
}

const KERNEL = ['/proc', '/sys', '/dev']
const SHARED_MEMORY = '/dev/shm'

function refuseWide(path: string, real: string): void {
  const never = [...KERNEL, '/etc', '/run', '/root', '/home', SHARED_MEMORY, homedir()]
  const above = never.find((folder) => isInside(folder, real))
  if (above !== undefined)
    throw new MountRefused(`${path} holds ${above}, which is never mounted into the sandbox`)
  const kernel = KERNEL.find((folder) => isInside(real, folder))
  if (kernel !== undefined && !isInside(real, SHARED_MEMORY))
    throw new MountRefused(`${path} is in ${kernel}, which is never mounted into the sandbox`)
}

/** Whether a path is a folder or something below it. */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`)
}

function openWithoutLinks(real: string, path: string): number {
  let descriptor = openSync('/', O_PATH)
  for (const name of real.split('/').filter(Boolean)) {
    const before = descriptor
    try {
      descriptor = openSync(`/proc/self/fd/${before}/${name}`, O_PATH | constants.O_NOFOLLOW)
    } catch (error) {
      throw new MountRefused(`${path} cannot be mounted into the sandbox: ${(error as Error).message}`)
    } finally {
      closeSync(before)
    }
    if (!fstatSync(descriptor).isSymbolicLink()) continue
    closeSync(descriptor)
    throw new MountRefused(`${path} is a link at ${name}; a link is never mounted into the sandbox`)
  }
  return descriptor
}
