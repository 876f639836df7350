// Link dependencies
//
// The `node_modules` of a worktree: a folder of links to the installed packages, one for each.
//
// Tools can write caches beside the links; nothing can be written through them, because the sandbox shows installed
// packages read-only. A package of the repository itself (a workspace) is linked to the worktree's copy, which is the
// one to test, and so are its programs in `.bin`. Where the commit has a link in place of `node_modules` or of a scope in it, nothing is made
// (worktree-files.ts). Beside an installation of Canopy's are the folders of the repository's own packages, each with its
// `node_modules`, as the package manager left them. The calls are synchronous: hundreds of links take a few milliseconds so, and a hundred times as
// long asynchronously.
// L4. A link is made once and hard-linked into each worktree: where many files were removed a moment ago, ext4 takes
//     ten times as long to make a new link.

import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { type OwnProgram, programsOf, STARTING, startingText } from './own-programs.ts'
import { digest } from './places.ts'
import { makeInside } from './worktree-files.ts'

export interface LinkOrder {
  readonly worktree: string
  readonly dependencies: string
  readonly repository: string
  /** Whether Canopy made the folder of dependencies. */
  readonly isOfCanopy?: boolean
  /** Where links are kept for the next worktree (L4). */
  readonly links: string
}

/** Caches in the user's folder are the user's; tools make new ones in the worktree. */
const NOT_LINKED = /^\.(?!bin$|pnpm$)/

export function linkDependencies(order: LinkOrder): void {
  mkdirSync(order.links, { recursive: true })
  const root = dirname(order.dependencies)
  const own = order.isOfCanopy === true ? ownFolders(root) : []
  const places = new Map(own.map((folder) => [realpathOrNothing(join(root, folder)), folder] as const))
  for (const folder of ['', ...own]) {
    const from = folder === '' ? order.dependencies : join(root, folder, 'node_modules')
    if (existsSync(from)) linkFolder({ ...order, places, from, to: join(folder, 'node_modules') })
  }
}

/** Below the installation, sorted: folders with a `package.json`. */
function ownFolders(root: string, below = ''): string[] {
  return readdirSync(join(root, below), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name.startsWith('.canopy')) return []
    const folder = join(below, entry.name)
    if (!statSync(join(root, folder), { throwIfNoEntry: false })?.isDirectory()) return []
    const isPackage = existsSync(join(root, folder, 'package.json'))
    return [...(isPackage ? [folder] : []), ...ownFolders(root, folder)]
  })
}

interface LinkedFolderOrder extends LinkOrder {
  /** The installed folder of packages, absolute, and its place in the worktree. */
  readonly from: string
  readonly to: string
  /** The repository's own packages: by real path in the installation, its folder. */
  readonly places: ReadonlyMap<string | undefined, string>
}

function linkFolder(order: LinkedFolderOrder): void {
  const targets = new Map<string, string>()
  for (const entry of readdirSync(order.from, { withFileTypes: true })) {
    if (NOT_LINKED.test(entry.name)) continue
    if (entry.name.startsWith('@') && entry.isDirectory()) linkScope(order, entry.name)
    else targets.set(entry.name, targetOf(order, entry.name, entry.isSymbolicLink()))
  }
  linkPrograms(order, targets)
  linkAll(order, order.to, targets)
}

const PROGRAMS = '.bin'

/** A folder of links instead of one to the installed programs, where the repository's own packages have some. */
function linkPrograms(order: LinkedFolderOrder, targets: Map<string, string>): void {
  const to = join(order.to, PROGRAMS)
  const found = packagesIn(order.from).flatMap((name) => ownPrograms(order, name))
  const own = new Map(found.map((program) => [program.name, program]))
  if (own.size === 0) return
  targets.delete(PROGRAMS)
  const from = join(order.from, PROGRAMS)
  const installed = existsSync(from) ? readdirSync(from, { withFileTypes: true }) : []
  const others = installed.filter((entry) => !own.has(entry.name))
  const links = others.map(
    (entry) => [entry.name, targetOf(order, join(PROGRAMS, entry.name), entry.isSymbolicLink())] as const,
  )
  const linked = [...own.values()].filter(({ isExecutable }) => isExecutable)
  linkAll(
    order,
    to,
    new Map([...links, ...linked.map(({ name, path }) => [name, relative(to, path)] as const)]),
  )
  const started = [...own.values()].filter(({ isExecutable }) => !isExecutable)
  makeInside(
    order.worktree,
    to,
    started.map(({ name }) => name),
    (place, name) => writeFileSync(place, startingText(relative(to, own.get(name)?.path ?? '')), STARTING),
  )
}

/** `plain`, `@scope/inner`. */
function packagesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.')) return []
    if (!entry.name.startsWith('@') || !entry.isDirectory()) return entry.isSymbolicLink() ? [entry.name] : []
    return readdirSync(join(folder, entry.name)).map((name) => join(entry.name, name))
  })
}

function ownPrograms(order: LinkedFolderOrder, name: string): OwnProgram[] {
  const installed = join(order.from, name)
  const folder = ownPackage(order, installed)
  return folder === undefined ? [] : programsOf({ worktree: order.worktree, installed, folder, name })
}

function linkScope(order: LinkedFolderOrder, scope: string): void {
  const entries = readdirSync(join(order.from, scope), { withFileTypes: true })
  const targets = entries.map(
    (entry) => [entry.name, targetOf(order, join(scope, entry.name), entry.isSymbolicLink())] as const,
  )
  linkAll(order, join(order.to, scope), new Map(targets))
}

function linkAll({ worktree, links }: LinkOrder, folder: string, targets: ReadonlyMap<string, string>): void {
  makeInside(worktree, folder, targets.keys(), (place, name) => {
    const target = targets.get(name) as string
    link(join(links, digest(target)), target, place)
  })
}

/** A new link where the file system allows no more hard links to the kept one. */
function link(kept: string, target: string, place: string): void {
  if (succeeds(() => linkSync(kept, place))) return
  succeeds(() => symlinkSync(target, kept))
  if (!succeeds(() => linkSync(kept, place))) symlinkSync(target, place)
}

function succeeds(call: () => void): boolean {
  try {
    call()
    return true
  } catch {
    return false
  }
}

function targetOf(order: LinkedFolderOrder, name: string, isLink: boolean): string {
  const source = join(order.from, name)
  const own = isLink ? ownPackage(order, source) : undefined
  return own === undefined ? source : relative(dirname(join(order.to, name)), own)
}

/** The target in the repository, for a link to one of the repository's own packages. */
function ownPackage({ repository, places }: LinkedFolderOrder, source: string): string | undefined {
  const real = realpathOrNothing(source)
  const installed = real === undefined ? undefined : places.get(real)
  if (installed !== undefined) return installed
  const inside = real === undefined ? '..' : relative(repository, real)
  const outside = inside === '' || inside.startsWith('..') || inside.split(sep).includes('node_modules')
  return outside ? undefined : inside
}

function realpathOrNothing(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}
