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
}

const MAX_MANIFEST_BYTES = 1024 * 1024

/** `file`: below `node_modules`. */
export async function hasInstalled({ root, dependencies }: PackagePlaces, file: string): Promise<boolean> {
  const own = await unlessRefused(kindInside(root, `node_modules/${file}`))
  return own?.kind === 'file' || existsSync(join(dependencies, file))
}

export async function installedVersion({ root, dependencies }: PackagePlaces, name: string): Promise<string> {
  const path = `node_modules/${name}/package.json`
  const own = await unlessRefused(readTextInside(root, path, MAX_MANIFEST_BYTES))
  const version = versionOf(own) ?? (await versionIn(dependencies, name))
  if (version === undefined) throw new Error(`${name} is not installed in ${dependencies}`)
  return version
}

/** The text of its `package.json`. */
export async function installedManifest(
  { root, dependencies }: PackagePlaces,
  name: string,
): Promise<string> {
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
