// Find node
//
// The Node that runs a repository's tests: what its files ask for, among those that the user has installed.
// Leaves: reading the wishes and choosing (wanted-node.ts).
//
// The first one on the user's PATH goes before those of version managers, and Canopy's own comes last.

import { execFile } from 'node:child_process'
import { readdir, realpath } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'
import { promisify } from 'node:util'
import { jsonOf } from '../../kernel/index.ts'
import type { Survey } from '../../machines/index.ts'
import { newestFirst, parseVersion, versionRange } from '../package-version.ts'
import type { WorkspaceParts } from '../parts.ts'
import { installedManifest } from '../runners/installed-package.ts'
import {
  chooseNode,
  type InstalledNode,
  type NodeManifest,
  type NodeWish,
  VERSION_FILES,
  type VersionFiles,
  wishOf,
} from './wanted-node.ts'

interface NodeOrder extends Pick<Survey, 'head' | 'runner' | 'dependencies'> {
  readonly tracked: readonly string[]
  readonly manifest: NodeManifest
  /** Whether Node itself has to strip types of the sources. */
  readonly isStripping: boolean
}

/** Undefined: Canopy's own. */
export async function findNode(parts: WorkspaceParts, order: NodeOrder): Promise<Survey['node']> {
  const wish = wishOf(order.manifest, await versionFiles(parts, order))
  const wishes = [wish, order.isStripping ? STRIPPING : undefined, await wishOfRunner(order)]
  const node = chooseNode(
    wishes.filter((one) => one !== undefined),
    await installedNodes(),
  )
  if (node === undefined || node.path === process.execPath) {
    if (wish !== undefined)
      parts.log('the tests run under the Node of Canopy', { node: process.version, wanted: wish.said })
    return undefined
  }
  parts.log('the tests run under a Node of yours', { node: node.version, why: node.reason })
  return node
}

const STRIPPING: NodeWish = { range: '>=22.18', said: 'TypeScript without a transpiler' }

/** A runner does not start under a Node that it does not support. */
async function wishOfRunner({ runner, dependencies }: NodeOrder): Promise<NodeWish | undefined> {
  if (['node', 'script', 'command'].includes(runner)) return undefined
  const manifest = jsonOf(
    await installedManifest({ root: dependencies, dependencies }, runner).catch(() => ''),
  )
  const { engines } = (manifest ?? {}) as { engines?: { node?: unknown } }
  const range = engines?.node
  if (typeof range !== 'string' || versionRange(range) === undefined) return undefined
  return { range, said: `${runner} needs ${range}` }
}

async function versionFiles({ clone }: WorkspaceParts, { head, tracked }: NodeOrder): Promise<VersionFiles> {
  const there = VERSION_FILES.filter((name) => tracked.includes(name))
  const texts = await Promise.all(there.map((name) => clone.git(['show', `${head}:${name}`])))
  return Object.fromEntries(there.map((name, at) => [name, texts[at] ?? '']))
}

async function installedNodes(): Promise<InstalledNode[]> {
  const own = { path: process.execPath, version: process.version, place: "Canopy's own" }
  const onPath = await nodeOnPath()
  return [...(onPath === undefined ? [] : [onPath]), ...(await managedNodes()), own]
}

const ASK = 'console.log(JSON.stringify([process.execPath, process.version]))'
const ASK_LIMIT_MS = 10_000

/** The program itself is asked: the one on the PATH may be the shim of a version manager. */
async function nodeOnPath(): Promise<InstalledNode | undefined> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(isAbsolute)
  for (const folder of folders) {
    try {
      const { stdout } = await promisify(execFile)(join(folder, 'node'), ['-e', ASK], {
        cwd: '/',
        timeout: ASK_LIMIT_MS,
        env: { PATH: process.env.PATH, HOME: homedir() },
      })
      const [path = '', version = ''] = JSON.parse(stdout)
      if (isAbsolute(path) && parseVersion(version))
        return { path: await realpath(path), version, place: 'the PATH' }
    } catch {
      // There is none in this folder, or it does not run.
    }
  }
  return undefined
}

/** A folder of versions, each with its Node at this place. */
const MANAGED = [
  ['.nvm/versions/node', 'bin/node', 'nvm'],
  ['.volta/tools/image/node', 'bin/node', 'volta'],
  ['.local/share/fnm/node-versions', 'installation/bin/node', 'fnm'],
  ['.asdf/installs/nodejs', 'bin/node', 'asdf'],
  ['.local/share/mise/installs/node', 'bin/node', 'mise'],
  ['.nodenv/versions', 'bin/node', 'nodenv'],
] as const

/** The newest first. */
async function managedNodes(): Promise<InstalledNode[]> {
  const found = await Promise.all(
    MANAGED.map(async ([folder, program, place]) => {
      const above = join(homedir(), folder)
      const names = (await readdir(above).catch(() => [])).filter((name) => parseVersion(name) !== null)
      const nodes = names.map(async (version) => {
        const path = await realpath(join(above, version, program)).catch(() => undefined)
        return path === undefined ? [] : [{ path, version, place }]
      })
      return (await Promise.all(nodes)).flat()
    }),
  )
  return found.flat().sort((one, other) => newestFirst(one.version, other.version))
}
