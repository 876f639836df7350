// Own packages
//
// Whether the `node_modules` in the user's repository may be used: mounted into the sandbox, linked to, read.
// Leaves: installing packages where it may not (dependencies.ts).
//
// It must be a folder of the user's own and no link: a link could lead anywhere, and everything there would be mounted.
// Git must not track it: for tracked packages Canopy installs from the lock file instead. No link in it may lead out of
// the repository; those of workspaces lead into it.

import { lstat, readdir, readlink, realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'

export type OwnPackages =
  | { readonly kind: 'usable'; readonly folder: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly reason: string }

/** `tracked`: the paths in the commit. */
export async function ownPackages(repository: string, tracked: readonly string[]): Promise<OwnPackages> {
  const folder = join(repository, 'node_modules')
  const stat = await lstat(folder).catch(() => undefined)
  if (stat === undefined) return { kind: 'absent' }
  const refused = (reason: string): OwnPackages => ({ kind: 'refused', reason: `${folder} ${reason}` })
  if (stat.isSymbolicLink()) return refused(`is a link to ${await readlink(folder)}`)
  if (!stat.isDirectory()) return refused('is no folder')
  if (process.getuid !== undefined && stat.uid !== process.getuid())
    return refused(`belongs to another user (uid ${stat.uid})`)
  if (tracked.some((path) => path === 'node_modules' || path.startsWith('node_modules/')))
    return refused('is tracked by git')
  const leads = await linkLeadingOut(repository, folder)
  if (leads === undefined) return { kind: 'usable', folder }
  return refused(`has a link that leads out of the repository: ${leads.name} to ${leads.target}`)
}

/**
 * A link that leads outside, among the links that Canopy would copy: one for each package, and the folder of programs.
 */
async function linkLeadingOut(repository: string, folder: string) {
  for (const name of await packageNames(folder)) {
    const path = join(folder, name)
    const stat = await lstat(path)
    if (!stat.isSymbolicLink()) continue
    const target = await readlink(path)
    const leads = await realpath(path).catch(() => resolve(path, '..', target))
    if (!leads.startsWith(`${repository}/`)) return { name, target }
  }
  return undefined
}

/** `react`, `@scope/name`, `.bin`. */
export async function packageNames(folder: string): Promise<string[]> {
  const names: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const isScope = entry.name.startsWith('@') && entry.isDirectory()
    if (!isScope) names.push(entry.name)
    else for (const name of await readdir(join(folder, entry.name))) names.push(`${entry.name}/${name}`)
  }
  return names
}
