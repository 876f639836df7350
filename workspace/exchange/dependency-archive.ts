// Dependency archive
//
// Owns:   bringing installed packages to another machine as they are: installing them there would need a registry,
//         and might come to something else.
//
// A1. What is unpacked is there whole or not at all, and is found again by its key.
// A2. Links from one folder of the dependencies into another lead to the same place afterwards. No link leads out of them.
// A3. What the other machine says names no place here: the key is hexadecimal, folders are named here, and which of them
//     the sandbox is shown is recorded by Canopy itself.

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
import type { Parts } from '../parts.ts'
import { digest } from '../places.ts'
import { removeTree } from '../remove-tree.ts'
import { inTurn } from '../turn.ts'
import { WorkspaceError } from '../workspace-error.ts'
import { unpack } from './unpack.ts'

export interface Archive {
  /** Where the folder is at home. */
  readonly root: string
  readonly file: string
}

export interface DependencyOrder {
  /** As at home. */
  readonly dependencies: string
  readonly key: string
  /** Of all roots, the first being the one that the dependencies are in. */
  readonly archives: readonly Archive[]
}

/** Caches of tools, theirs to make anew. */
const LEFT_OUT = ['./.cache', './.vite', './.vite-temp']

export async function dependencyRoots(
  { places }: Parts,
  { dependencies }: Survey,
): Promise<{ key: string; roots: readonly string[] }> {
  const roots = await Promise.all((await readableWith(places, dependencies)).map((root) => realpath(root)))
  const marks = await Promise.all([dependencies, ...roots].map((root) => fingerprint(root)))
  return { key: digest('archive-1', process.platform, process.arch, ...roots, ...marks), roots }
}

export async function packRoot({ places }: Parts, root: string): Promise<string> {
  await mkdir(places.scratch, { recursive: true })
  const file = join(places.scratch, `dependencies-${randomUUID()}.tar.gz`)
  const tar = execa('tar', ['-C', root, ...LEFT_OUT.map((path) => `--exclude=${path}`), '-cf', '-', '.'], {
    buffer: { stdout: false, stderr: true },
    encoding: 'buffer',
  })
  // The fastest level: the network is fast, and there is other work for the processor.
  await Promise.all([pipeline(tar.stdout, createGzip({ level: 1 }), createWriteStream(file)), tar])
  return file
}

export async function takeDependencies(parts: Parts, order: DependencyOrder): Promise<string> {
  refuseOddNames(order)
  const { dependencies, key, archives } = order
  const cache = parts.places.dependencies
  const place = join(cache, key)
  const folders = archives.map(({ root }, at) => join(`${at}`, folderFor(root)))
  const moves = archives.map(({ root }, at) => [root, join(place, folders[at] ?? '')] as const)
  const here = moved(dependencies, moves)
  if (here === undefined) throw refusal(`${dependencies} is in none of the folders that were sent`)
  await inTurn(`dependencies ${place}`, async () => {
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

/** Packages find each other by the name of the folder that they are in. */
function folderFor(root: string): string {
  return basename(root) === 'node_modules' ? 'node_modules' : 'packages'
}

type Moves = readonly (readonly [from: string, to: string])[]

/** Where a path of the other machine is here; undefined: it is not here. */
function moved(path: string, moves: Moves): string | undefined {
  const move = moves.find(([from]) => path === from || path.startsWith(`${from}/`))
  return move === undefined ? undefined : `${move[1]}${path.slice(move[0].length)}`
}
