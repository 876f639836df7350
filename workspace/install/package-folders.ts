// Package folders
//
// The folders of a repository that hold packages of their own: its workspaces, and folders that a manifest links to.
// Leaves: their installation (install.ts), links to them in worktrees (../link-dependencies.ts).

import { posix } from 'node:path'
import { z } from 'zod'
import { jsonOf } from '../../kernel/index.ts'
import { pnpmPatterns } from './pnpm-settings.ts'

interface RepositoryFiles {
  /** The paths in the commit. */
  readonly tracked: readonly string[]
  /** The text of a tracked file. */
  readonly read: (path: string) => Promise<string>
}

export const PNPM_WORKSPACE = 'pnpm-workspace.yaml'
const MAX_PATTERNS = 200

/** By folder the text of its `package.json`, sorted; none for a repository of one package. */
export async function packageFolders(files: RepositoryFiles): Promise<ReadonlyMap<string, string>> {
  const { tracked, read } = files
  const folders = foldersOf(tracked)
  const found = new Map<string, string>()
  const root = tracked.includes('package.json') ? await read('package.json') : '{}'
  const pnpm = tracked.includes(PNPM_WORKSPACE) ? await read(PNPM_WORKSPACE) : ''
  const ahead = workspacesAmong(folders, patternsIn(root, pnpm))
  ahead.push(...linkedFrom('', root))
  for (let folder = ahead.shift(); folder !== undefined; folder = ahead.shift()) {
    if (found.has(folder) || !folders.includes(folder)) continue
    const text = await read(`${folder}/package.json`)
    found.set(folder, text)
    ahead.push(...linkedFrom(folder, text))
  }
  return new Map([...found].sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** Folders with a `package.json`, but for the top folder and installed packages. */
function foldersOf(tracked: readonly string[]): string[] {
  return tracked
    .filter((path) => path.endsWith('/package.json') && !/(^|\/)node_modules\//.test(path))
    .map((path) => posix.dirname(path))
}

const manifestSchema = z.object({
  workspaces: z.union([z.array(z.string()), z.object({ packages: z.array(z.string()) })]).optional(),
})

function patternsIn(manifest: string, pnpm: string): string[] {
  const named = pnpmPatterns(pnpm)
  if (named !== undefined) return named.slice(0, MAX_PATTERNS)
  const { workspaces = [] } = manifestSchema.safeParse(jsonOf(manifest)).data ?? {}
  const patterns = 'packages' in workspaces ? workspaces.packages : workspaces
  return patterns.slice(0, MAX_PATTERNS)
}

function workspacesAmong(folders: readonly string[], patterns: readonly string[]): string[] {
  const plain = (pattern: string) => pattern.replace(/^!/, '').replace(/^\.\//, '').replace(/\/+$/, '')
  const [out, into] = [true, false].map((isOut) =>
    patterns.filter((pattern) => pattern.startsWith('!') === isOut).map(plain),
  ) as [string[], string[]]
  const isIn = (folder: string, among: readonly string[]) =>
    among.some((pattern) => folder === pattern || posix.matchesGlob(folder, pattern))
  return folders.filter((folder) => isIn(folder, into) && !isIn(folder, out))
}

const FIELDS = ['dependencies', 'devDependencies', 'optionalDependencies']
const linksSchema = z.record(z.string(), z.unknown())
const LINK = /^(?:link|file|portal|workspace):(.+)$/

/** The folders that the dependencies of a manifest name by path. */
function linkedFrom(folder: string, text: string): string[] {
  const manifest = linksSchema.safeParse(jsonOf(text)).data ?? {}
  const values = FIELDS.flatMap((field) => Object.values(linksSchema.safeParse(manifest[field]).data ?? {}))
  return values.flatMap((value) => {
    const path = typeof value === 'string' ? LINK.exec(value)?.[1] : undefined
    return path === undefined ? [] : [folderAt(folder, path)]
  })
}

/** The folder that a path names from another folder of the repository. */
export function folderAt(folder: string, path: string): string {
  return posix.join(folder, path).replace(/\/+$/, '')
}
