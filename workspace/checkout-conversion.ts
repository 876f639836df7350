// Checkout conversion
//
// The changes that git makes to a file between a commit and a checkout: line endings, encodings and `$Id$`, as the
// attributes of a commit say.
// Leaves: finding changed files (worktree-changes.ts), commits (commit.ts).
//
// C1. With `text=auto` git leaves the line endings of a file alone whose stored content has CRLF. It looks the content up
//     in an index, so Canopy makes one of the commit.
// The attributes are those of the commit, not those that a command left in the worktree. They can name a filter, but none
// is defined, so no program starts.

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { makeFolder } from './durable-file.ts'
import type { WorkspaceParts } from './parts.ts'
import { replaceInside } from './worktree-files.ts'

export interface CheckoutConversion {
  /** The name of the blob that git stores for a file with these bytes; `keep`: the blob is written to the clone, too. */
  storedAs(path: string, bytes: Uint8Array, options?: { readonly keep: boolean }): Promise<string>
  /** Whether a fresh checkout of the commit has exactly these bytes. */
  isAsCheckedOut(path: string, bytes: Uint8Array): Promise<boolean>
}

const known = new WeakMap<WorkspaceParts, Map<string, Promise<CheckoutConversion | undefined>>>()

/** Undefined when the commit has no attributes: files are then stored as they are. */
export function conversionAt(parts: WorkspaceParts, commit: string): Promise<CheckoutConversion | undefined> {
  const mine = known.get(parts) ?? new Map<string, Promise<CheckoutConversion | undefined>>()
  known.set(parts, mine)
  const found = mine.get(commit) ?? open(parts, commit)
  mine.set(commit, found)
  found.catch(() => mine.delete(commit))
  return found
}

async function open(parts: WorkspaceParts, commit: string): Promise<CheckoutConversion | undefined> {
  const paths = (await parts.clone.git(['ls-tree', '-r', '-z', '--name-only', commit])).split('\0')
  const attributes = paths.filter((path) => /(^|\/)\.gitattributes$/.test(path))
  if (attributes.length === 0) return undefined
  // A work tree with nothing but the attributes of the commit.
  const workTree = join(parts.places.scratch, `attributes-${commit}`)
  await makeFolder(workTree)
  for (const path of attributes) {
    const text = await parts.clone.git(['cat-file', 'blob', `${commit}:${path}`], { isLatin1: true })
    const bytes = Buffer.from(text, 'latin1')
    await replaceInside(workTree, path, { bytes, mode: 0o600, spare: parts.places.scratch })
  }
  const names = new Map<string, string>()
  const keepsLineEndings = lineEndingsKept(parts, workTree, commit)
  return {
    async storedAs(path, bytes, { keep } = { keep: false }) {
      const key = `${keep} ${createHash('sha256').update(bytes).digest('hex')} ${path}`
      const name = names.get(key) ?? (await nameOf({ path, bytes, keep }))
      if (names.size >= MAX_NAMES) names.clear()
      names.set(key, name)
      return name
    },
    async isAsCheckedOut(path, bytes) {
      const args = ['cat-file', '--filters', `${commit}:${path}`]
      const call = { gitDir: parts.clone.path, workTree, args, accept: [128], isLatin1: true }
      const { code, stdout } = await parts.git(call)
      return code === 0 && Buffer.from(stdout, 'latin1').equals(bytes)
    },
  }

  async function nameOf(file: FileToStore): Promise<string> {
    return hashOf(parts, workTree, file, !(await keepsLineEndings(file)))
  }
}

const MAX_NAMES = 10_000

interface FileToStore {
  readonly path: string
  readonly bytes: Uint8Array
  readonly keep: boolean
}

/** `isFiltered`: the file is converted as the attributes of its path say. */
async function hashOf(
  parts: WorkspaceParts,
  workTree: string,
  { path, bytes, keep }: FileToStore,
  isFiltered: boolean,
): Promise<string> {
  const filters = isFiltered ? `--path=${path}` : '--no-filters'
  const args = ['hash-object', ...(keep ? ['-w'] : []), '--stdin', filters]
  return (await parts.git({ gitDir: parts.clone.path, workTree, args, input: bytes })).stdout.trim()
}

/** C1. A file with further conversions is converted as a new one. */
function lineEndingsKept(parts: WorkspaceParts, workTree: string, commit: string) {
  const call = { gitDir: parts.clone.path, workTree, index: `${workTree}.index` }
  let index: Promise<unknown> | undefined
  return async ({ path, bytes }: FileToStore): Promise<boolean> => {
    if (!Buffer.from(bytes).includes('\r\n')) return false
    index ??= parts.git({ ...call, args: ['read-tree', commit] })
    await index.catch((error) => {
      index = undefined
      throw error
    })
    const args = ['--literal-pathspecs', 'ls-files', '--eol', '-z', '--', path]
    const { stdout } = await parts.git({ ...call, args })
    if (!/^i\/(crlf|mixed)\s.*attr\/text=auto/.test(stdout)) return false
    const others = ['check-attr', '-z', 'ident', 'working-tree-encoding', '--', path]
    const values = (await parts.git({ ...call, args: others })).stdout
      .split('\0')
      .filter((_, at) => at % 3 === 2)
    return values.every((value) => value === 'unspecified' || value === 'unset')
  }
}
