// Link dependencies
//
// Owns:   the `node_modules` of a worktree: a folder of links, one a package, into what is installed.
//
// L1. Tools can write their caches beside the links; nothing can be written through them (the sandbox shows what
//     is installed read-only).
// L2. A package of the repository itself (a workspace) is linked to the worktree's copy, which is the one to test.
//
// Written with the synchronous calls: hundreds of links take a few milliseconds so, and a hundred times that in turns.

import { mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

export interface LinkOrder {
  readonly worktree: string
  readonly dependencies: string
  readonly repository: string
}

/** Caches in the user's folder are theirs; tools make new ones in the worktree. */
const NOT_LINKED = /^\.(?!bin$|pnpm$)/

export function linkDependencies(order: LinkOrder): void {
  mkdirSync(join(order.worktree, 'node_modules'), { recursive: true })
  for (const entry of readdirSync(order.dependencies, { withFileTypes: true })) {
    if (NOT_LINKED.test(entry.name)) continue
    if (entry.name.startsWith('@')) linkScope(order, entry.name)
    else link(order, entry.name, entry.isSymbolicLink())
  }
}

function linkScope(order: LinkOrder, scope: string): void {
  mkdirSync(join(order.worktree, 'node_modules', scope), { recursive: true })
  for (const entry of readdirSync(join(order.dependencies, scope), { withFileTypes: true })) {
    link(order, join(scope, entry.name), entry.isSymbolicLink())
  }
}

function link(order: LinkOrder, name: string, isLink: boolean): void {
  const source = join(order.dependencies, name)
  const own = isLink ? ownPackage(order.repository, source) : undefined
  try {
    const target = own === undefined ? source : join(order.worktree, own)
    symlinkSync(target, join(order.worktree, 'node_modules', name))
  } catch (error) {
    // The repository tracks a package of its own there.
    if ((error as { code?: string }).code !== 'EEXIST') throw error
  }
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
