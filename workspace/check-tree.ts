// Check tree
//
// Checks every entry below a folder of foreign content: the number of entries, their kinds, the targets of links.
//
// Only files, folders and links are allowed. A link that leads outside is removed.

import { type Dirent, readdirSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs'
import { join, normalize } from 'node:path/posix'
import { setImmediate } from 'node:timers/promises'
import { FileRefused, inFolderSync } from './open-folder.ts'

export interface TreeCheck {
  /** A real path. */
  readonly root: string
  readonly maxEntries: number
  /** Another target for a link with an absolute target, such as a moved one; undefined: leave it. */
  readonly moved?: (target: string) => string | undefined
  /** Where the root will be when its links are followed; absent: the root. */
  readonly place?: string
}

const FOLDERS_IN_A_TURN = 100

export async function checkTree(check: TreeCheck): Promise<void> {
  const waiting: string[][] = [[]]
  let entries = 0
  for (let turn = 0; waiting.length > 0; turn += 1) {
    const folders = waiting.pop() ?? []
    const found = checkFolder(check, folders)
    entries += found.length
    if (entries > check.maxEntries)
      throw new FileRefused(`${check.root} has more than ${check.maxEntries} entries`)
    for (const { name } of found.filter((entry) => entry.isDirectory())) waiting.push([...folders, name])
    if (turn % FOLDERS_IN_A_TURN === 0) await setImmediate()
  }
}

function checkFolder(check: TreeCheck, folders: readonly string[]): Dirent[] {
  const found = inFolderSync({ root: check.root, folders }, (folder) => {
    const entries = readdirSync(folder, { withFileTypes: true })
    for (const entry of entries) checkEntry(check, { entry, folders, path: join(folder, entry.name) })
    return entries
  })
  return found ?? []
}

interface TreeEntry {
  readonly entry: Dirent
  readonly folders: readonly string[]
  /** Through the descriptor of its folder. */
  readonly path: string
}

function checkEntry(check: TreeCheck, { entry, folders, path }: TreeEntry): void {
  if (entry.isFile() || entry.isDirectory()) return
  const named = [...folders, entry.name].join('/')
  if (!entry.isSymbolicLink()) throw new FileRefused(`${named} is neither a file nor a folder nor a link`)
  const { root, place = root, moved = () => undefined } = check
  const target = readlinkSync(path)
  const now = moved(target) ?? target
  const isKept = leadsInside(place, join(place, ...folders), now)
  if (isKept && now === target) return
  unlinkSync(path)
  if (isKept) symlinkSync(now, path)
}

/**
 * Whether a link in a real folder leads below the place. No `..` may follow a name: the name may be a link itself, and
 * then the parent of its target is another folder.
 */
function leadsInside(place: string, folder: string, target: string): boolean {
  const plain = target.startsWith('/') ? target : `${folder}/${target}`
  const names = target.split('/').filter((name) => name !== '' && name !== '.')
  const up = names.findIndex((name) => name !== '..')
  const isPlain = !(target.startsWith('/') ? names : names.slice(up < 0 ? names.length : up)).includes('..')
  return isPlain && normalize(plain).startsWith(`${place}/`)
}
