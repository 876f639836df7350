// Own packages
//
// Owns:   whether the `node_modules` in the user's repository may be used: mounted into the sandbox, linked to, looked at.
// Leaves: installing packages where it may not (dependencies.ts).
//
// W1. It is a folder of the user's own, and no link: a link could lead anywhere, and all that is there would be mounted.
// W2. Git does not track it: what the repository brings is installed by Canopy from the lock file instead.
// W3. No link in it leads out of the repository. Those of workspaces lead into it.

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

/** Among the links that Canopy would lead on to: one a package, and the folder of their programs. */
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
