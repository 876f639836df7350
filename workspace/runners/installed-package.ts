// Installed package
//
// Whether a worktree has a package, and in which version: a package that the repository tracks precedes an installed
// one, as it does for Node.
//
// No link in the worktree is followed. Where Canopy put a link, the folder of packages is read instead.

import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { jsonOf } from '../../kernel/index.ts'
import { FileRefused, kindInside, readTextInside } from '../worktree-files.ts'

export interface PackagePlaces {
  /** The worktree. */
  readonly root: string
  /** The folder that its `node_modules` links to. */
  readonly dependencies: string
  /** Where Node looks next: the top folder, for a package below it. */
  readonly above?: PackagePlaces | undefined
}

const MAX_MANIFEST_BYTES = 1024 * 1024

/** `file`: below `node_modules`. */
export async function hasInstalled(places: PackagePlaces, file: string): Promise<boolean> {
  return (await placeOf(places, file)) !== undefined
}

/** The innermost folder that has the file below its `node_modules`. */
async function placeOf(places: PackagePlaces, file: string): Promise<PackagePlaces | undefined> {
  const own = await unlessRefused(kindInside(places.root, `node_modules/${file}`))
  if (own?.kind === 'file' || existsSync(join(places.dependencies, file))) return places
  return places.above && placeOf(places.above, file)
}

/** The package's folder in the worktree. */
export async function installedFolder(places: PackagePlaces, name: string): Promise<string> {
  const { root } = (await placeOf(places, `${name}/package.json`)) ?? places
  return join(root, 'node_modules', name)
}

export async function installedVersion(places: PackagePlaces, name: string): Promise<string> {
  const { root, dependencies } = (await placeOf(places, `${name}/package.json`)) ?? places
  const path = `node_modules/${name}/package.json`
  const own = await unlessRefused(readTextInside(root, path, MAX_MANIFEST_BYTES))
  const version = versionOf(own) ?? (await versionIn(dependencies, name))
  if (version === undefined) throw new Error(`${name} is not installed in ${dependencies}`)
  return version
}

/** The text of its `package.json`. */
export async function installedManifest(places: PackagePlaces, name: string): Promise<string> {
  const { root, dependencies } = (await placeOf(places, `${name}/package.json`)) ?? places
  const path = `node_modules/${name}/package.json`
  const own = await unlessRefused(readTextInside(root, path, MAX_MANIFEST_BYTES))
  const text = own ?? (await manifestIn(dependencies, name))
  if (text === undefined) throw new Error(`${name} is not installed in ${dependencies}`)
  return text
}

/** The version of a package in a folder of installed packages; undefined when it is missing. */
export async function versionIn(folder: string, name: string): Promise<string | undefined> {
  return versionOf(await manifestIn(folder, name))
}

async function manifestIn(folder: string, name: string): Promise<string | undefined> {
  // The user's and Canopy's own folders may have a link for a package.
  const real = await realpath(join(folder, name)).catch(() => undefined)
  return real && unlessRefused(readTextInside(real, 'package.json', MAX_MANIFEST_BYTES))
}

function versionOf(text: string | undefined): string | undefined {
  const { version } = (jsonOf(text ?? '') ?? {}) as { version?: unknown }
  return typeof version === 'string' ? version : undefined
}

async function unlessRefused<T>(looked: Promise<T>): Promise<T | undefined> {
  try {
    return await looked
  } catch (error) {
    if (error instanceof FileRefused) return undefined
    throw error
  }
}

export function atLeast(version: string, major: number, minor = 0): boolean {
  const [itsMajor = 0, itsMinor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  return itsMajor > major || (itsMajor === major && itsMinor >= minor)
}
