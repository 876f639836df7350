// Dependencies
//
// Owns:   finding or making a folder of installed packages for a repository, with what measuring needs in it.
// Leaves: linking them into worktrees (worktree.ts), running npm (install.ts).
//
// N1. The user's own `node_modules` is read, never written.
// N2. A folder of ours is there whole or not at all, and is found again by what it was made from.

import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, realpath, rename, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Survey } from '../machines/index.ts'
import { readJson, removeTree, writeJson } from './durable-file.ts'
import { addPackages, type InstallOrder, installAll } from './install.ts'
import type { Log } from './parts.ts'
import { digest } from './places.ts'
import { coverageProvider } from './runners/vitest.ts'

export interface DependencyOrder {
  readonly repository: string
  readonly runner: Survey['runner']
  readonly packageManager: Survey['packageManager']
  /** Where folders of ours are kept, over runs. */
  readonly cache: string
  /** The files that say what to install, as they are in the commit. */
  readonly files: InstallOrder['files']
  readonly log: Log
  readonly signal?: AbortSignal | undefined
}

/** A folder that can be used as `node_modules`. */
export async function provideDependencies(order: DependencyOrder): Promise<string> {
  const own = await realpath(join(order.repository, 'node_modules')).catch(() => undefined)
  const installed = own !== undefined && hasRunner(own, order.runner) ? own : await install(order)
  const missing = await missingFor(installed, order.runner)
  return missing.length === 0 ? installed : compose(order, installed, missing)
}

function hasRunner(folder: string, runner: Survey['runner']): boolean {
  return runner === 'node' || runner === 'command' || existsSync(join(folder, runner, 'package.json'))
}

async function install(order: DependencyOrder): Promise<string> {
  const key = digest(
    'install-1',
    order.packageManager,
    process.version,
    ...Object.entries(order.files).flat(),
  )
  const place = join(order.cache, key)
  await once(place, (folder) => {
    order.log('installing the dependencies of the repository', { folder: place })
    return installAll({ ...order, folder })
  })
  return join(place, 'node_modules')
}

/** What measuring with this runner needs and the folder does not have. */
async function missingFor(folder: string, runner: Survey['runner']): Promise<string[]> {
  if (runner !== 'vitest') return []
  const version = await versionOf(folder, 'vitest')
  if (version === undefined) return []
  const provider = `@vitest/coverage-${coverageProvider(version)}`
  const there = await versionOf(folder, provider)
  // Since 5.0 vite is a peer that the repository brings; some installers leave it out.
  const vite = existsSync(join(folder, 'vite')) || Number(version.split('.')[0]) < 5 ? [] : ['vite']
  return there === version ? vite : [`${provider}@${version}`, ...vite]
}

async function versionOf(folder: string, name: string): Promise<string | undefined> {
  const manifest = await readJson(join(folder, name, 'package.json'))
  return (manifest as { version?: string } | undefined)?.version
}

/** A folder of links to what is installed, plus the missing packages, which find the rest through a link of theirs. */
async function compose(
  order: DependencyOrder,
  installed: string,
  missing: readonly string[],
): Promise<string> {
  const place = join(order.cache, digest('compose-1', installed, await fingerprint(installed), ...missing))
  await once(place, async (folder) => {
    order.log('installing what measuring needs', { packages: missing })
    const additions = join(folder, 'additions')
    await addPackages({ folder: additions, packages: missing, signal: order.signal })
    const peer = join(additions, 'node_modules/vitest')
    await removeTree(peer)
    await symlink(join(installed, 'vitest'), peer)
    await linkAll(installed, join(folder, 'node_modules'), missing, join(place, 'additions/node_modules'))
    await writeJson(join(folder, 'readable.json'), [installed])
  })
  return join(place, 'node_modules')
}

async function linkAll(
  from: string,
  to: string,
  missing: readonly string[],
  additions: string,
): Promise<void> {
  const added = missing.map((name) => name.replace(/(?<=.)@.*$/, ''))
  for (const name of added) await linkOne(join(additions, name), to, name)
  for (const entry of await readdir(from)) {
    const names = entry.startsWith('@')
      ? (await readdir(join(from, entry))).map((name) => join(entry, name))
      : [entry]
    for (const name of names) if (!added.includes(name)) await linkOne(join(from, name), to, name)
  }
}

async function linkOne(target: string, folder: string, name: string): Promise<void> {
  await mkdir(join(folder, name, '..'), { recursive: true })
  await symlink(target, join(folder, name))
}

async function once(place: string, make: (folder: string) => Promise<void>): Promise<void> {
  if (existsSync(place)) return
  const unfinished = `${place}.${randomUUID()}.tmp`
  try {
    await mkdir(unfinished, { recursive: true })
    await make(unfinished)
    await rename(unfinished, place).catch((error) => (existsSync(place) ? undefined : Promise.reject(error)))
  } finally {
    await removeTree(unfinished)
  }
}

/** Folders the sandbox must show so that the links in this one lead somewhere. */
export async function readableWith(dependencies: string): Promise<string[]> {
  const place = join(dependencies, '..')
  const others = await readJson(join(place, 'readable.json'))
  if (others === undefined) return [dependencies]
  return [place, ...(others as string[])]
}

/** Changes when what is installed changes. */
export async function fingerprint(dependencies: string): Promise<string> {
  const marks = ['.package-lock.json', '.modules.yaml', '.yarn-integrity', '.yarn-state.yml']
  const texts = await Promise.all(
    marks.map((mark) => readFile(join(dependencies, mark), 'utf8').catch(() => '')),
  )
  return digest(dependencies, ...texts)
}
