// Dependencies
//
// Finds or makes a folder of installed packages for a repository, with the packages that measuring needs.
// Leaves: linking them into worktrees (link-dependencies.ts), running a package manager (install/).
//
// The user's own `node_modules` is read, never written. A folder of Canopy's is complete or absent, and is found again
// by a digest of its inputs.
// N3. Further folders that the sandbox must show with it are recorded beside it, where no package and no archive can
//     write.

import { randomUUID } from 'node:crypto'
import { existsSync, lstatSync, readdirSync } from 'node:fs'
import { cp, mkdir, realpath, rename, symlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { z } from 'zod'
import type { Survey } from '../machines/index.ts'
import { readJson, writeJson } from './durable-file.ts'
import { addPackages, type InstallOrder, installAll, ownFoldersIn } from './install/install.ts'
import type { PackageSource } from './install/package-source.ts'
import { ownPackages, packageNames } from './own-packages.ts'
import type { WorkspaceLog } from './parts.ts'
import { type DataPlaces, digest } from './places.ts'
import { removeTree } from './remove-tree.ts'
import { versionIn } from './runners/installed-package.ts'
import { coverageProvider } from './runners/vitest.ts'
import type { Sandbox } from './sandbox/sandbox.ts'
import { readTextInside } from './worktree-files.ts'

export interface DependencyRequest {
  readonly repository: string
  readonly runner: Survey['runner']
  readonly packageManager: Survey['packageManager']
  /** Canopy's own folders of packages, kept over runs. */
  readonly cache: string
  /** The folder that the user named, as a real path. */
  readonly packages?: string | undefined
  /** The paths in the commit. */
  readonly tracked: readonly string[]
  /** Manifest and lock files, as they are in the commit. */
  readonly files: InstallOrder['files']
  readonly sandbox: Sandbox
  /** The registries and their settings. */
  readonly packageSource: PackageSource
  readonly log: WorkspaceLog
  readonly signal?: AbortSignal | undefined
}

/** A folder that can be used as `node_modules`. */
export async function provideDependencies(order: DependencyRequest): Promise<string> {
  const own = order.packages ?? (await usableOwn(order))
  const installed = own !== undefined && hasRunner(own, order.runner) ? own : await install(order)
  const missing = await missingFor(folderOf(order, installed), order.runner)
  return missing.length === 0 ? installed : compose(order, installed, missing)
}

async function usableOwn({
  repository,
  tracked,
  files,
  log,
}: DependencyRequest): Promise<string | undefined> {
  const own = await ownPackages(repository, tracked)
  const nested = ownFoldersIn(files).find((folder) => hasPackages(join(repository, folder, 'node_modules')))
  if (own.kind === 'usable' && nested !== undefined) {
    log(`packages are installed anew: ${nested} has a node_modules of its own, which is not used`)
    return undefined
  }
  if (own.kind === 'refused')
    log(`${own.reason}: it is not used. To use a folder of packages that you trust: --dependencies DIR`)
  return own.kind === 'usable' ? own.folder : undefined
}

/** Tools leave caches in such folders. */
function hasPackages(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => !name.startsWith('.'))
}

/** Whether the packages that start the tests are in the folder. */
export function hasRunner(folder: string, runner: Survey['runner']): boolean {
  return ['node', 'command', 'script'].includes(runner) || existsSync(join(folder, runner, 'package.json'))
}

/** The folders of programs that every command sees. */
const PROGRAMS = ['/usr/local/bin', '/usr/bin', '/bin']

export function hasProgram(folder: string, name: string): boolean {
  return [join(folder, '.bin'), ...PROGRAMS].some((programs) => existsSync(join(programs, name)))
}

async function install(order: DependencyRequest): Promise<string> {
  const key = digest(
    'install-3',
    order.packageManager,
    process.version,
    ...order.packageSource.registries.flatMap(({ url, scope = '' }) => [scope, url]),
    [...order.packageSource.allowed].sort().join(),
    ...Object.entries(order.files).flat(),
  )
  const place = join(order.cache, key)
  await makeOnce(place, async (folder) => {
    order.log('installing the dependencies of the repository', { folder: place })
    await installAll({ ...order, source: order.packageSource, folder })
    if (ownFoldersIn(order.files).length > 0) await recordReadable(order.cache, place, [place])
  })
  return join(place, 'node_modules')
}

/** The folder of packages and those of the repository's own packages beside it. */
export function packageFoldersOf(dependencies: string, own: readonly string[]): string[] {
  return [dependencies, ...own.map((folder) => join(dependencies, '..', folder, 'node_modules'))]
}

/** The first of them that has the runner. */
function folderOf({ files, runner }: DependencyRequest, installed: string): string {
  const folders = packageFoldersOf(installed, ownFoldersIn(files))
  return folders.find((folder) => hasRunner(folder, runner)) ?? installed
}

/** Packages that measuring with this runner needs and the folder lacks. */
async function missingFor(folder: string, runner: Survey['runner']): Promise<string[]> {
  if (runner !== 'vitest') return []
  const version = await versionIn(folder, 'vitest')
  if (version === undefined) return []
  const provider = `@vitest/coverage-${coverageProvider(version)}`
  const there = await versionIn(folder, provider)
  // Since 5.0 vite is a peer that the repository brings; some installers leave it out.
  const vite = existsSync(join(folder, 'vite')) || Number(version.split('.')[0]) < 5 ? [] : ['vite']
  return there === version ? vite : [`${provider}@${version}`, ...vite]
}

/** Beside the links; no folder of a repository's own package has this name. */
const ADDITIONS = '.canopy-additions'

/**
 * A folder of links to the installed packages, with the missing ones, which find the rest through a link. Vitest itself
 * is a copy: since 4 it looks for its coverage from its own folder, behind all links.
 */
async function compose(
  order: DependencyRequest,
  installed: string,
  missing: readonly string[],
): Promise<string> {
  const place = join(order.cache, digest('compose-4', installed, await fingerprint(installed), ...missing))
  await makeOnce(place, async (folder) => {
    order.log('installing what measuring needs', { packages: missing })
    const additions = join(folder, ADDITIONS)
    await addPackages({ ...order, source: order.packageSource, folder: additions, packages: missing })
    const packages = join(folder, 'node_modules')
    const from = join(folderOf(order, installed), 'vitest')
    const isOwn = from === join(installed, 'vitest')
    if (isOwn) await copyPackage(from, packages, 'vitest')
    const peer = join(additions, 'node_modules/vitest')
    await removeTree(peer)
    await symlink(isOwn ? join(place, 'node_modules/vitest') : from, peer)
    await linkAll(installed, packages, missing, join(place, ADDITIONS, 'node_modules'))
    for (const own of ownFoldersIn(order.files))
      if (isOfCanopy(order.cache, installed)) await linkPackage(join(installed, '..', own), folder, own)
    const shown = await readableWith({ dependencies: order.cache }, installed)
    await recordReadable(order.cache, place, [place, ...shown])
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
  for (const name of added) await linkPackage(join(additions, name), to, name)
  for (const name of await packageNames(from))
    if (!added.includes(name) && !existsSync(join(to, name))) await linkPackage(join(from, name), to, name)
}

/** A copy that finds what the package finds: also what stands beside it in a store of its package manager. */
async function copyPackage(from: string, folder: string, name: string): Promise<void> {
  const home = await realpath(from)
  const copy = join(folder, name)
  await cp(home, copy, { recursive: true, verbatimSymlinks: true })
  const beside = dirname(home)
  if (beside === (await realpath(dirname(from)))) return
  for (const each of await packageNames(beside))
    if (each !== name && !existsSync(join(copy, 'node_modules', each)))
      await linkPackage(join(beside, each), join(copy, 'node_modules'), each)
}

/** A link to an installed package in another folder of packages. */
export async function linkPackage(target: string, folder: string, name: string): Promise<void> {
  await mkdir(join(folder, name, '..'), { recursive: true })
  await symlink(target, join(folder, name))
}

/** Makes a folder that is complete or absent, unless it is there. */
export async function makeOnce(place: string, make: (folder: string) => Promise<void>): Promise<void> {
  if (isFolder(place)) return
  const unfinished = `${place}.${randomUUID()}.tmp`
  try {
    await mkdir(unfinished, { recursive: true })
    await make(unfinished)
    await rename(unfinished, place).catch((error) => (existsSync(place) ? undefined : Promise.reject(error)))
  } finally {
    await removeTree(unfinished)
  }
}

function isFolder(place: string): boolean {
  return lstatSync(place, { throwIfNoEntry: false })?.isDirectory() === true
}

const readableSchema = z.array(z.string().startsWith('/')).min(1)

/** Records the folders that the sandbox must show with one of Canopy's (N3). */
export async function recordReadable(
  cache: string,
  place: string,
  folders: readonly string[],
): Promise<void> {
  await writeJson(recordOf(cache, place), folders)
}

function recordOf(cache: string, place: string): string {
  const [name = ''] = relative(cache, place).split('/')
  return join(cache, `${name}.readable.json`)
}

/** Folders that the sandbox must show so that the links in this one have targets. */
export async function readableWith(
  { dependencies: cache }: Pick<DataPlaces, 'dependencies'>,
  dependencies: string,
): Promise<string[]> {
  if (!isOfCanopy(cache, dependencies)) return [dependencies]
  return readableSchema.safeParse(await readJson(recordOf(cache, dependencies))).data ?? [dependencies]
}

/** Whether Canopy made the folder. */
export function isOfCanopy(cache: string, dependencies: string): boolean {
  return dependencies.startsWith(`${cache}/`) && !dependencies.split('/').includes('..')
}

const MAX_MARK_BYTES = 64 * 1024 * 1024

/** Changes when the installed packages change. */
export async function fingerprint(dependencies: string): Promise<string> {
  const marks = ['.package-lock.json', '.modules.yaml', '.yarn-integrity', '.yarn-state.yml']
  const texts = marks.map((mark) => readTextInside(dependencies, mark, MAX_MARK_BYTES).catch(() => undefined))
  return digest(dependencies, ...(await Promise.all(texts)).map((text) => text ?? ''))
}
