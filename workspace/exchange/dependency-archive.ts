// Dependency archive
//
// Copies installed packages to another machine unchanged: installing there would need a registry, and might give other
// versions.
//
// An unpacked folder is complete or absent, and is found again by its key. Links from one folder of the dependencies
// into another keep their targets. No link leads outside.
// A3. Names of the other machine become no paths here: the key is hexadecimal, folders are named here, and Canopy
//     itself records which of them the sandbox shows.

import { randomUUID } from 'node:crypto'
import { createWriteStream, existsSync } from 'node:fs'
import { mkdir, realpath, rename } from 'node:fs/promises'
import { basename, join, normalize } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { execa } from 'execa'
import type { Survey } from '../../machines/index.ts'
import { checkTree } from '../check-tree.ts'
import { fingerprint, readableWith, recordReadable } from '../dependencies.ts'
import { withKeyLock } from '../keyed-mutex.ts'
import type { WorkspaceParts } from '../parts.ts'
import { digest } from '../places.ts'
import { removeTree } from '../remove-tree.ts'
import { WorkspaceError } from '../workspace-error.ts'
import { unpack } from './unpack.ts'

export interface RootArchive {
  /** The folder's path at home. */
  readonly root: string
  readonly file: string
}

export interface DependencyOrder {
  /** As at home. */
  readonly dependencies: string
  readonly key: string
  /** One for each root, the first for the main folder of the dependencies. */
  readonly archives: readonly RootArchive[]
}

/** Caches of tools, which make new ones. */
const LEFT_OUT = ['./.cache', './.vite', './.vite-temp']

export async function dependencyRoots(
  { places }: WorkspaceParts,
  { dependencies }: Survey,
): Promise<{ key: string; roots: readonly string[] }> {
  const roots = await Promise.all((await readableWith(places, dependencies)).map((root) => realpath(root)))
  const marks = await Promise.all([dependencies, ...roots].map((root) => fingerprint(root)))
  return { key: digest('archive-1', process.platform, process.arch, ...roots, ...marks), roots }
}

export async function packRoot({ places }: WorkspaceParts, root: string): Promise<string> {
  await mkdir(places.scratch, { recursive: true })
  const file = join(places.scratch, `dependencies-${randomUUID()}.tar.gz`)
  const tar = execa('tar', ['-C', root, ...LEFT_OUT.map((path) => `--exclude=${path}`), '-cf', '-', '.'], {
    buffer: { stdout: false, stderr: true },
    encoding: 'buffer',
  })
  // The fastest level: the network is fast, and the processor has other work.
  await Promise.all([pipeline(tar.stdout, createGzip({ level: 1 }), createWriteStream(file)), tar])
  return file
}

export async function takeDependencies(parts: WorkspaceParts, order: DependencyOrder): Promise<string> {
  refuseOddNames(order)
  const { dependencies, key, archives } = order
  const cache = parts.places.dependencies
  const place = join(cache, key)
  const folders = archives.map(({ root }, at) => join(`${at}`, folderFor(root)))
  const moves = archives.map(({ root }, at) => [root, join(place, folders[at] ?? '')] as const)
  const here = moved(dependencies, moves)
  if (here === undefined) throw refusal(`${dependencies} is in none of the folders that were sent`)
  await withKeyLock(`dependencies ${place}`, async () => {
    if (existsSync(place)) return
    const unfinished = join(cache, `${key}.${randomUUID()}.tmp`)
    try {
      for (const [at, folder] of folders.entries())
        await unpack(parts, { file: archives[at]?.file ?? '', folder: join(unfinished, folder) })
      await checkTree({
        root: unfinished,
        place,
        maxEntries: MAX_ENTRIES,
        moved: (path) => moved(path, moves),
      })
      await recordReadable(cache, place, [place])
      await rename(unfinished, place)
    } finally {
      await removeTree(unfinished)
    }
  })
  return here
}

const MAX_ENTRIES = 1_000_000
const MAX_ARCHIVES = 8

/** A3. */
function refuseOddNames({ dependencies, key, archives }: DependencyOrder): void {
  if (!/^[0-9a-f]{64}$/.test(key))
    throw refusal(`the key ${JSON.stringify(key)} is not 64 hexadecimal digits`)
  if (archives.length > MAX_ARCHIVES) throw refusal(`${archives.length} archives, more than ${MAX_ARCHIVES}`)
  const odd = [dependencies, ...archives.map(({ root }) => root)].find((path) => !isPlainAbsolute(path))
  if (odd !== undefined) throw refusal(`${JSON.stringify(odd)} is not an absolute path in its shortest form`)
}

function isPlainAbsolute(path: string): boolean {
  return /^\/[^\0]*[^/\0]$/.test(path) && normalize(path) === path
}

function refusal(reason: string): WorkspaceError {
  return new WorkspaceError('archive_refused', `dependencies from another machine are refused: ${reason}`)
}

/** Packages find each other by the name of their folder. */
function folderFor(root: string): string {
  return basename(root) === 'node_modules' ? 'node_modules' : 'packages'
}

type Moves = readonly (readonly [from: string, to: string])[]

/** The local form of a path of the other machine; undefined: it is not here. */
function moved(path: string, moves: Moves): string | undefined {
  const move = moves.find(([from]) => path === from || path.startsWith(`${from}/`))
  return move === undefined ? undefined : `${move[1]}${path.slice(move[0].length)}`
}
