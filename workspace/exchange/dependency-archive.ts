// Dependency archive
//
// Owns:   bringing installed packages to another machine as they are: installing them there would need a registry,
//         and might come to something else.
//
// A1. What is unpacked is there whole or not at all, and is found again by its key.
// A2. Links from one folder of the dependencies into another lead to the same place afterwards.

import { randomUUID } from 'node:crypto'
import { createWriteStream, existsSync } from 'node:fs'
import { mkdir, readdir, readlink, realpath, rename, rm, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { execa } from 'execa'
import type { Survey } from '../../machines/index.ts'
import { fingerprint, readableWith } from '../dependencies.ts'
import { readJson, removeTree, writeJson } from '../durable-file.ts'
import type { Parts } from '../parts.ts'
import { digest } from '../places.ts'
import { inTurn } from '../turn.ts'

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

export async function dependencyRoots({
  dependencies,
}: Survey): Promise<{ key: string; roots: readonly string[] }> {
  const roots = await Promise.all((await readableWith(dependencies)).map((root) => realpath(root)))
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

export async function takeDependencies(
  { cache }: Parts,
  { dependencies, key, archives }: DependencyOrder,
): Promise<string> {
  const place = join(cache, key)
  // Packages find each other by the name of the folder that they are in.
  const folders = archives.map(({ root }, at) => join(`${at}`, basename(root)))
  const moves = archives.map(({ root }, at) => [root, join(place, folders[at] ?? '')] as const)
  await inTurn(`dependencies ${place}`, async () => {
    if (existsSync(place)) return
    const unfinished = join(cache, `${key}.${randomUUID()}.tmp`)
    try {
      for (const [at, folder] of folders.entries()) {
        await unpack(archives[at]?.file ?? '', join(unfinished, folder))
        await lead(join(unfinished, folder), moves)
      }
      await rename(unfinished, place)
    } finally {
      await removeTree(unfinished)
    }
  })
  return moved(dependencies, moves)
}

async function unpack(file: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  // By its name, not through a pipe: tar may end before its end of the pipe is known to be written, and Node then
  // says that the pipe was closed too early.
  await execa('tar', ['-C', folder, '--no-same-owner', '-xzf', file])
}

type Moves = readonly (readonly [from: string, to: string])[]

/** Makes absolute links, and the list of what has to be readable, say the new places. */
async function lead(folder: string, moves: Moves): Promise<void> {
  const readable = (await readJson(join(folder, 'readable.json'))) as string[] | undefined
  if (readable === undefined) return
  await writeJson(
    join(folder, 'readable.json'),
    readable.map((path) => moved(path, moves)),
  )
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) continue
    const path = join(entry.parentPath, entry.name)
    const target = await readlink(path)
    const now = moved(target, moves)
    if (now === target) continue
    await rm(path)
    await symlink(now, path)
  }
}

function moved(path: string, moves: Moves): string {
  const move = moves.find(([from]) => path === from || path.startsWith(`${from}/`))
  return move === undefined ? path : `${move[1]}${path.slice(move[0].length)}`
}
