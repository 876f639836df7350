// Link dependencies
//
// Owns:   the `node_modules` of a worktree: a folder of links, one a package, into what is installed.
//
// L1. Tools can write their caches beside the links; nothing can be written through them (the sandbox shows what
//     is installed read-only).
// L2. A package of the repository itself (a workspace) is linked to the worktree's copy, which is the one to test.
// L3. Where the commit has a link in place of `node_modules` or of a scope in it, nothing is made (worktree-files.ts).
//
// Written with the synchronous calls: hundreds of links take a few milliseconds so, and a hundred times that in turns.

import { readdirSync, realpathSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { linkInside } from './worktree-files.ts'

export interface LinkOrder {
  readonly worktree: string
  readonly dependencies: string
  readonly repository: string
}

/** Caches in the user's folder are theirs; tools make new ones in the worktree. */
const NOT_LINKED = /^\.(?!bin$|pnpm$)/

export function linkDependencies(order: LinkOrder): void {
  const links = new Map<string, string>()
  for (const entry of readdirSync(order.dependencies, { withFileTypes: true })) {
    if (NOT_LINKED.test(entry.name)) continue
    if (entry.name.startsWith('@') && entry.isDirectory()) linkScope(order, entry.name)
    else links.set(entry.name, targetOf(order, entry.name, entry.isSymbolicLink()))
  }
  linkInside(order.worktree, 'node_modules', links)
}

function linkScope(order: LinkOrder, scope: string): void {
  const entries = readdirSync(join(order.dependencies, scope), { withFileTypes: true })
  const links = entries.map(
    (entry) => [entry.name, targetOf(order, join(scope, entry.name), entry.isSymbolicLink())] as const,
  )
  linkInside(order.worktree, `node_modules/${scope}`, new Map(links))
}

function targetOf(order: LinkOrder, name: string, isLink: boolean): string {
  const source = join(order.dependencies, name)
  const own = isLink ? ownPackage(order.repository, source) : undefined
  return own === undefined ? source : join(order.worktree, own)
}

/** Where in the repository a link leads, when it leads to a package of the repository's own. */
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
