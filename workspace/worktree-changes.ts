// Worktree changes
//
// The differences between a task's worktree and its commit, and the resulting git tree.
// Leaves: committing them (collect.ts).
//
// Git only lists names. The files are read here without following links (worktree-files.ts), and no filter of the
// worktree's attributes runs. The worktree's own index is never written: a private copy is, with its own folder of
// objects.

import { createHash, randomUUID } from 'node:crypto'
import { copyFile, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isOfGit, isOfPackages } from '../machines/index.ts'
import { broughtInto } from './bring/bring-folder.ts'
import { conversionAt } from './checkout-conversion.ts'
import { modesAt } from './commit.ts'
import type { WorkspaceParts } from './parts.ts'
import { digest } from './places.ts'
import { adminFolder, worktreePath } from './worktree.ts'
import { FileRefused, kindInside, readInside } from './worktree-files.ts'

export type WorktreeDifference =
  | {
      readonly kind: 'file'
      readonly path: string
      readonly mode: '100644' | '100755'
      readonly bytes: Buffer
    }
  | { readonly kind: 'gone'; readonly path: string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  /** Any other entry that cannot be part of a commit, and why. */
  | { readonly kind: 'odd'; readonly path: string; readonly reason: string }

/** Longer files are not read. */
export const MAX_BYTES = 4 * 1024 * 1024
const MAX_AT_ONCE = 16
/** Further differences are not examined, because nobody could submit them. */
const MAX_FILES = 5000
const MAX_BYTES_TOGETHER = 64 * 1024 * 1024
const MORE = 'more differs than is looked at'

/** To this commit, which is the worktree's; sorted by path. */
export async function differencesIn(
  parts: WorkspaceParts,
  name: string,
  start: string,
): Promise<WorktreeDifference[]> {
  const root = worktreePath(parts.places, name)
  const args = ['ls-files', '-z', '--modified', '--deleted', '--others', '--exclude-standard']
  const { stdout } = await parts.git({ gitDir: adminFolder(parts.places, name), workTree: root, args })
  const brought = new Set(broughtInto(parts.places, name))
  const isOthers = (path: string) => isOfPackages(path) || brought.has(path)
  const paths = [...new Set(stdout.split('\0').filter(Boolean))].filter((path) => !isOthers(path)).sort()
  const found: WorktreeDifference[] = []
  let bytes = 0
  for (let at = 0; at < paths.length; at += MAX_AT_ONCE) {
    const some = paths.slice(at, at + MAX_AT_ONCE)
    const tooMuch = at >= MAX_FILES || bytes > MAX_BYTES_TOGETHER
    const look = (path: string) =>
      tooMuch ? { kind: 'odd' as const, path, reason: MORE } : differenceAt(parts, name, path)
    found.push(...(await Promise.all(some.map(look))))
    bytes += found.slice(at).reduce((sum, one) => sum + (one.kind === 'file' ? one.bytes.length : 0), 0)
  }
  return withoutUntouched(parts, start, found)
}

/** Where attributes do not fit the stored content, git calls a file modified that is as it was checked out. */
async function withoutUntouched(
  parts: WorkspaceParts,
  start: string,
  found: WorktreeDifference[],
): Promise<WorktreeDifference[]> {
  const conversion = await conversionAt(parts, start)
  if (conversion === undefined) return found
  const kept: WorktreeDifference[] = []
  const modes = await modesAt(
    parts,
    start,
    found.map(({ path }) => path),
  )
  for (const one of found) {
    const isSame = one.kind === 'file' && modes.get(one.path) === one.mode
    if (!isSame || !(await conversion.isAsCheckedOut(one.path, one.bytes))) kept.push(one)
  }
  return kept
}

async function differenceAt(parts: WorkspaceParts, name: string, path: string): Promise<WorktreeDifference> {
  const root = worktreePath(parts.places, name)
  const odd = (reason: string): WorktreeDifference => ({ kind: 'odd', path, reason })
  // A replacement character: the name's bytes are not text, and git's output does not lead back to them.
  if (path.includes('\ufffd')) return odd('its name is not UTF-8')
  if (path.split('/').some(isOfGit)) return odd("its name is one of git's own")
  if (path.endsWith('/')) return odd('it is a repository of its own')
  try {
    const { kind, target = '' } = await kindInside(root, path)
    if (kind === 'link') return { kind, path, target }
    if (kind === 'folder') return await folderAt(parts, name, path)
    if (kind === 'absent') return { kind: 'gone', path }
    const file = await readInside(root, path, MAX_BYTES)
    if (file === undefined) return { kind: 'gone', path }
    return { kind: 'file', path, mode: file.mode & 0o100 ? '100755' : '100644', bytes: file.bytes }
  } catch (error) {
    // Below a link that replaced a folder, no tracked file is left.
    if (error instanceof FileRefused && / leads over one/.test(error.message)) return { kind: 'gone', path }
    if (error instanceof FileRefused) return odd(error.message)
    throw error
  }
}

/** In place of a file: the folder's files are listed themselves. In place of a submodule: it was changed. */
async function folderAt(parts: WorkspaceParts, name: string, path: string): Promise<WorktreeDifference> {
  const args = ['--literal-pathspecs', 'ls-files', '-z', '--stage', '--', path]
  const { stdout } = await parts.git({
    gitDir: adminFolder(parts.places, name),
    workTree: worktreePath(parts.places, name),
    args,
  })
  return stdout.startsWith('160000')
    ? { kind: 'odd', path, reason: 'it is a submodule' }
    : { kind: 'gone', path }
}

/** The last answer for each worktree, with its inputs. */
const known = new WeakMap<WorkspaceParts, Map<string, { readonly from: string; readonly tree: string }>>()

/** The hash of the git tree of the worktree's content; fast when nothing changed since the last call. */
export async function treeOf(parts: WorkspaceParts, name: string, start: string): Promise<string> {
  const { tree } = await parts.clone.describe(start)
  const objects = objectHash(tree.length === 64 ? 'sha256' : 'sha1')
  const conversion = await conversionAt(parts, start)
  const nameOf = async (path: string, content: Buffer) =>
    conversion === undefined ? objects(content) : conversion.storedAs(path, content)
  const entries: string[] = []
  for (const difference of await differencesIn(parts, name, start))
    entries.push(await entryOf(difference, objects, nameOf))
  const kept = entries.filter((entry) => entry !== '')
  if (kept.length === 0) return tree
  const from = digest(start, ...kept)
  const mine = known.get(parts) ?? new Map()
  known.set(parts, mine)
  const last = mine.get(name)
  const made = last?.from === from ? last : { from, tree: await writeTree(parts, name, kept) }
  mine.set(name, made)
  return made.tree
}

async function entryOf(
  difference: WorktreeDifference,
  hash: (content: Buffer) => string,
  nameOf: (path: string, content: Buffer) => Promise<string>,
): Promise<string> {
  const { kind, path } = difference
  if (kind === 'gone') return `0 ${'0'.repeat(hash(Buffer.of()).length)}\t${path}`
  if (kind === 'file') return `${difference.mode} ${await nameOf(path, difference.bytes)}\t${path}`
  if (kind === 'link') return `120000 ${hash(Buffer.from(difference.target))}\t${path}`
  return ''
}

function objectHash(algorithm: string): (content: Buffer) => string {
  return (content) => createHash(algorithm).update(`blob ${content.length}\0`).update(content).digest('hex')
}

async function writeTree(parts: WorkspaceParts, name: string, entries: readonly string[]): Promise<string> {
  const gitDir = adminFolder(parts.places, name)
  const index = join(gitDir, `canopy-index-${randomUUID()}`)
  const objects = join(gitDir, 'canopy-objects')
  await mkdir(objects, { recursive: true })
  await copyFile(join(gitDir, 'index'), index)
  try {
    const call = { gitDir, index, objects: { own: objects, others: join(parts.clone.path, 'objects') } }
    const gone = entries.filter((entry) => entry.startsWith('0 '))
    const input = [...gone, ...entries.filter((entry) => !gone.includes(entry))].map((entry) => `${entry}\0`)
    await parts.git({
      ...call,
      args: ['update-index', '--replace', '-z', '--index-info'],
      input: input.join(''),
    })
    return (await parts.git({ ...call, args: ['write-tree', '--missing-ok'] })).stdout.trim()
  } finally {
    await rm(index, { force: true })
  }
}
