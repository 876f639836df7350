// Link dependencies
//
// The `node_modules` of a worktree: a folder of links to the installed packages, one for each.
//
// Tools can write caches beside the links; nothing can be written through them, because the sandbox shows installed
// packages read-only. A package of the repository itself (a workspace) is linked to the worktree's copy, which is the
// one to test. Where the commit has a link in place of `node_modules` or of a scope in it, nothing is made
// (worktree-files.ts). The calls are synchronous: hundreds of links take a few milliseconds so, and a hundred times as
// long asynchronously.
// L4. A link is made once and hard-linked into each worktree: where many files were removed a moment ago, ext4 takes
//     ten times as long to make a new link.

import { linkSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { digest } from './places.ts'
import { makeInside } from './worktree-files.ts'

export interface LinkOrder {
  readonly worktree: string
  readonly dependencies: string
  readonly repository: string
  /** Where links are kept for the next worktree (L4). */
  readonly links: string
}

/** Caches in the user's folder are the user's; tools make new ones in the worktree. */
const NOT_LINKED = /^\.(?!bin$|pnpm$)/

export function linkDependencies(order: LinkOrder): void {
  mkdirSync(order.links, { recursive: true })
  const targets = new Map<string, string>()
  for (const entry of readdirSync(order.dependencies, { withFileTypes: true })) {
    if (NOT_LINKED.test(entry.name)) continue
    if (entry.name.startsWith('@') && entry.isDirectory()) linkScope(order, entry.name)
    else targets.set(entry.name, targetOf(order, entry.name, entry.isSymbolicLink()))
  }
  linkAll(order, 'node_modules', targets)
}

function linkScope(order: LinkOrder, scope: string): void {
  const entries = readdirSync(join(order.dependencies, scope), { withFileTypes: true })
  const targets = entries.map(
    (entry) => [entry.name, targetOf(order, join(scope, entry.name), entry.isSymbolicLink())] as const,
  )
  linkAll(order, `node_modules/${scope}`, new Map(targets))
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

function targetOf(order: LinkOrder, name: string, isLink: boolean): string {
  const source = join(order.dependencies, name)
  const own = isLink ? ownPackage(order.repository, source) : undefined
  return own === undefined ? source : relative(dirname(join('node_modules', name)), own)
}

/** The target in the repository, for a link to one of the repository's own packages. */
function ownPackage(repository: string, source: string): string | undefined {
  const real = realpathOrNothing(source)
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
