// Host sockets
//
// Finds unix sockets of the host inside folders that a sandbox shows. A socket there would be reachable through any
// mount, read-only or not, and its server may run commands.
// Leaves: hiding them (fence.ts).
//
// The kernel lists every socket with a name, some under a relative or another name. So each folder is walked once, and
// again when a socket with a relative name appears.

import { type Dirent, lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { isInside } from './mount-sources.ts'

interface SocketWalk {
  readonly relative: string
  readonly found: Promise<string[]>
}

const walks = new Map<string, SocketWalk>()
const MAX_WALKS = 1_000

/** A folder of the host and its path in the sandbox. */
export interface ShownFolder {
  readonly from: string
  readonly to: string
}

/** Paths of the host's unix sockets in a sandbox that shows these folders. */
export async function socketsInside(folders: readonly ShownFolder[]): Promise<string[]> {
  const names = boundNames()
  const absolute = names.filter((name) => name.startsWith('/')).map(realName)
  const relative = names.filter((name) => !name.startsWith('/')).sort()
  const found = folders.map(async ({ from, to }) => {
    const real = realName(from)
    const listed = absolute
      .filter((path) => isInside(path, real))
      .map((path) => from + path.slice(real.length))
    const all = [...listed, ...(await walked(from, relative.join('\n')))].filter(isSocket)
    return all.map((path) => to + path.slice(from.length))
  })
  return [...new Set((await Promise.all(found)).flat())]
}

/** Names of sockets in the file system, as the kernel lists them. */
function boundNames(): string[] {
  try {
    const lines = readFileSync('/proc/net/unix', 'utf8').split('\n').slice(1)
    const names = lines.map((line) => line.split(' ').filter(Boolean).slice(7).join(' '))
    return names.filter((name) => name !== '' && !name.startsWith('@'))
  } catch {
    return []
  }
}

function realName(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path))
  } catch {
    return path
  }
}

function walked(folder: string, relative: string): Promise<string[]> {
  const known = walks.get(folder)
  if (known?.relative === relative) return known.found
  if (walks.size >= MAX_WALKS) walks.clear()
  const found = walk(folder)
  walks.set(folder, { relative, found })
  return found
}

/** Folders read in one turn of the event loop: synchronous calls are ten times as fast, and block it. */
const FOLDERS_PER_TURN = 100

async function walk(top: string): Promise<string[]> {
  const folders = [top]
  const found: string[] = []
  for (let next = 0; next < folders.length; next += 1) {
    const folder = folders[next] ?? top
    for (const entry of entriesOf(folder)) {
      if (entry.isSocket()) found.push(join(folder, entry.name))
      if (entry.isDirectory()) folders.push(join(folder, entry.name))
    }
    if (next % FOLDERS_PER_TURN === 0) await setImmediate()
  }
  return found
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? false
}
