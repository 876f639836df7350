// Git folders
//
// Finds the folders of the user's repository without git, and refuses those that lead elsewhere or belong to another
// user.
// Leaves: git's view of them (repository-view.ts).
//
// F1. Each folder and file that is used belongs to the user and is no link and no pipe. Git refuses other owners by the
//     same rule ("dubious ownership") and has the same way out, `safe.directory` in the user's own configuration.
// F2. A `.git` file may only lead to a folder that names this checkout as its own, and object folders borrow from no
//     other: a repository from elsewhere could name a private one of the user's.

import { type Dirent, lstatSync, readdirSync, readFileSync, realpathSync, type Stats } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { shellWord } from '../machines/index.ts'
import { Refusal } from './survey/refusal.ts'

export interface GitFolders {
  /** With HEAD and the index of this checkout. */
  readonly own: string
  /** With refs, objects and settings; the same as `own` unless this is a linked worktree. */
  readonly common: string
}

export interface FolderRules {
  /** Values of `safe.directory` in the user's own configuration; read only when a file belongs to another user. */
  safe(): Promise<readonly string[]>
  /** `core.worktree` in a file of settings. */
  workTreeOf(settings: string): Promise<string | undefined>
}

const MAX_BYTES = 64 * 1024

/** The folder that holds `.git`, from here upwards; undefined when there is none. */
export function enclosingCheckout(path: string): string | undefined {
  if (kindAt(path) === undefined) return undefined
  if (kindAt(join(path, '.git')) !== undefined) return realpathSync(path)
  return dirname(path) === path ? undefined : enclosingCheckout(dirname(path))
}

/** Throws a refusal for folders that must not be read (F1, F2). */
export async function gitFoldersOf(checkout: string, rules: FolderRules): Promise<GitFolders> {
  const entry = join(checkout, '.git')
  const own = kindAt(entry)?.isFile() ? await namedFolder(checkout, entry, rules) : entry
  const common = commonOf(own)
  for (const path of [checkout, entry, own, common, ...used(own, common)]) {
    refuseStrange(checkout, path)
    await refuseOwner(checkout, path, rules)
  }
  const missing = [join(own, 'HEAD'), join(common, 'objects'), join(common, 'refs')].find(
    (path) => !kindAt(path),
  )
  if (missing !== undefined) throw refusal(checkout, `${missing} is not there`)
  refuseBorrowing(checkout, common)
  return { own, common }
}

const SHARED = [
  'config',
  'HEAD',
  'objects',
  'refs',
  'packed-refs',
  'reftable',
  'shallow',
  'worktrees',
  'info/exclude',
]

/** The files that git reads or writes below them. */
function used(own: string, common: string): string[] {
  return [
    ...['HEAD', 'index'].map((name) => join(own, name)),
    ...SHARED.map((name) => join(common, name)),
    ...entriesBelow(join(common, 'objects'), false).map(pathOf),
    // There are thousands of objects: only entries that are not regular files need a check.
    ...entriesBelow(join(common, 'objects'), true).filter(isStrange).map(pathOf),
    ...entriesBelow(join(common, 'refs'), true).map(pathOf),
  ]
}

const pathOf = ({ parentPath, name }: Dirent) => join(parentPath, name)
const isStrange = (entry: Dirent) => !entry.isFile() && !entry.isDirectory()

/** With file types, Node does not follow links into other folders. */
function entriesBelow(folder: string, recursive: boolean): Dirent[] {
  if (!kindAt(folder)?.isDirectory()) return []
  return readdirSync(folder, { recursive, withFileTypes: true })
}

/** The target of a `.git` file, if that folder names this checkout (F2). */
async function namedFolder(checkout: string, entry: string, { workTreeOf }: FolderRules): Promise<string> {
  const said = /^gitdir: ([^\n]+)\n*$/.exec(smallText(entry))?.[1]
  const folder = resolve(checkout, said ?? '')
  if (said === undefined || !kindAt(folder)?.isDirectory())
    throw refusal(checkout, `${entry} names no folder that is there`)
  const back = [
    resolve(folder, smallText(join(folder, 'gitdir')).trim()),
    join(resolve(folder, (await workTreeOf(join(folder, 'config'))) ?? ''), '.git'),
  ]
  if (back.some((path) => sameFile(path, entry))) return folder
  throw refusal(checkout, `${entry} names ${folder}, which does not name this checkout`)
}

function commonOf(own: string): string {
  const said = smallText(join(own, 'commondir')).trim()
  if (said === '') return own
  const common = resolve(own, said)
  if (dirname(dirname(own)) === common && dirname(own) === join(common, 'worktrees')) return common
  throw refusal(own, `${join(own, 'commondir')} names ${common}, of which this is no worktree`)
}

function refuseBorrowing(checkout: string, common: string): void {
  for (const name of ['alternates', 'http-alternates']) {
    const file = join(common, 'objects/info', name)
    const found = kindAt(file)
    if (found === undefined) continue
    if (!found.isFile() || found.size > MAX_BYTES)
      throw refusal(checkout, `${file} is no short list of objects that it borrows`)
    const lines = smallText(file)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    if (lines.length === 0) continue
    const wayOut = `Copy the objects into it: git -C ${shellWord(checkout)} repack -a -d && rm ${shellWord(file)}`
    throw new Refusal('foreign_repository', `${file} borrows objects from ${lines[0]}. ${wayOut}`)
  }
}

/** Opening a pipe blocks until another process writes to it. */
function refuseStrange(checkout: string, path: string): void {
  const found = kindAt(path)
  if (found === undefined || found.isFile() || found.isDirectory()) return
  throw refusal(checkout, `${path} is ${found.isSymbolicLink() ? 'a link' : 'neither a file nor a folder'}`)
}

async function refuseOwner(checkout: string, path: string, rules: FolderRules): Promise<void> {
  const owner = kindAt(path)?.uid
  if (owner === undefined || isOwn(owner) || isSafe(checkout, await rules.safe())) return
  const wayOut = `If you trust it: git config --global --add safe.directory ${shellWord(checkout)}`
  const reason = `${path} belongs to the user ${owner}, and you are ${process.getuid?.()}`
  throw new Refusal('foreign_repository', `dubious ownership of ${checkout}: ${reason}. ${wayOut}`)
}

/** Git's rule: root may also read files of the user who called sudo. */
function isOwn(owner: number): boolean {
  const user = process.getuid?.()
  if (user === undefined || owner === user) return true
  return user === 0 && process.env.SUDO_UID !== undefined && owner === Number(process.env.SUDO_UID)
}

/** Git's rule: `*`, a path, a path with all below it; an empty value clears the earlier ones. */
function isSafe(checkout: string, values: readonly string[]): boolean {
  const said = values.slice(values.lastIndexOf('') + 1)
  return said.some(
    (value) =>
      value === '*' ||
      value === checkout ||
      (value.endsWith('/*') && checkout.startsWith(value.slice(0, -1))),
  )
}

function refusal(checkout: string, reason: string): Refusal {
  const wayOut = `Work on a clone of it: git clone ${shellWord(checkout)} DIR`
  return new Refusal('foreign_repository', `the repository is not read: ${reason}. ${wayOut}`)
}

function sameFile(one: string, other: string): boolean {
  const [a, b] = [kindAt(one), kindAt(other)]
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev
}

function kindAt(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}

/** Empty when there is no such regular file, or when it is too large for its purpose. */
function smallText(path: string): string {
  const found = kindAt(path)
  return found?.isFile() && found.size <= MAX_BYTES ? readFileSync(path, 'utf8') : ''
}
