// Files
//
// The files of a worktree that tools list: tracked and new files that git does not ignore.

import { isOfPackages } from '../../machines/index.ts'
import { adminFolder, plainPath } from '../../workspace/index.ts'
import { globMatcher } from './glob.ts'
import type { ToolContext } from './tool.ts'

/** Tracked or new, and not ignored; sorted. */
export async function filesIn(context: ToolContext, signal: AbortSignal | undefined): Promise<string[]> {
  const list = async (...kinds: string[]) => {
    const call = { gitDir: adminFolder(context.parts.places, context.name), workTree: context.root, signal }
    const { stdout } = await context.parts.git({ ...call, args: ['ls-files', '-z', ...kinds] })
    return stdout.split('\0').filter((path) => path !== '' && !path.endsWith('/') && !isOfPackages(path))
  }
  const [there, gone] = await Promise.all([
    list('--cached', '--others', '--exclude-standard'),
    list('--deleted'),
  ])
  const missing = new Set(gone)
  return [...new Set(there)].filter((path) => !missing.has(path)).sort()
}

/** Files below a folder, or with a matching name; `*` matches within a name, `**` across folders. */
export function chosen(
  context: ToolContext,
  files: readonly string[],
  folder = '',
  match?: string,
): string[] {
  const top = plainPath(context.root, folder)
  const below = top === '' ? [...files] : files.filter((path) => path === top || path.startsWith(`${top}/`))
  if (match === undefined) return below
  const pattern = match.includes('/') ? match.replace(/^\.?\//, '') : `**/${match}`
  const everywhere = globMatcher(pattern)
  const fromTop = globMatcher(`${top}/${pattern}`)
  return below.filter((path) => everywhere(path) || fromTop(path))
}
