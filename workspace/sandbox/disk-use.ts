// Disk use
//
// How much commands add to their writable folders, over all commands of a folder.
// Leaves: ending a command that added too much (child.ts).
//
// A check asks the file system for its free space. Only when that shrank by more than the limit are the folders walked,
// so that a command is never blamed for files of others. Counted is everything that changed since the first command in
// the folder began (by the kernel's time, which no command can set), including deleted files that are still open.

import { type Dirent, lstatSync, readdirSync, type Stats, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'

export interface DiskLimits {
  readonly bytes: number
  readonly files: number
}

interface Amount {
  readonly bytes: number
  readonly files: number
}

interface FolderUse {
  readonly sinceMs: number
  /** The most that earlier commands can have added. */
  added: Amount
}

const NOTHING: Amount = { bytes: 0, files: 0 }
const sum = (a: Amount, b: Amount): Amount => ({ bytes: a.bytes + b.bytes, files: a.files + b.files })
const MAX_LEDGERS = 10_000

/** The amount that commands added to each folder, for the life of this process. */
export class DiskUse {
  readonly #ledgers = new Map<string, FolderUse>()
  readonly #limits: DiskLimits

  constructor(limits: DiskLimits) {
    this.#limits = limits
  }

  /** Begins to watch one command. */
  watch(folders: readonly string[]): DiskWatch {
    return new DiskWatch(new Map(folders.map((folder) => [folder, this.#ledger(folder)])), this.#limits)
  }

  #ledger(folder: string): FolderUse {
    const known = this.#ledgers.get(folder)
    if (known !== undefined) return known
    const oldest = this.#ledgers.keys().next().value
    if (this.#ledgers.size >= MAX_LEDGERS && oldest !== undefined) this.#ledgers.delete(oldest)
    const ledger = { sinceMs: Date.now(), added: NOTHING }
    this.#ledgers.set(folder, ledger)
    return ledger
  }
}

/** When less is left, a command is stopped without a walk if the disk shrank by more than the limit meanwhile. */
const RESERVE_BYTES = 1024 ** 3

export class DiskWatch {
  readonly #ledgers: ReadonlyMap<string, FolderUse>
  readonly #limits: DiskLimits
  #used: ReadonlyMap<string, Amount>
  /** Losses of the file systems from check to check; deletions by others in between do not hide them. */
  #lost = NOTHING

  constructor(ledgers: ReadonlyMap<string, FolderUse>, limits: DiskLimits) {
    this.#ledgers = ledgers
    this.#limits = limits
    this.#used = this.#use()
  }

  /** Whether more was added than the limit; `pids` are the command's, which may hold deleted files open. */
  async isExceeded(pids: readonly number[] = []): Promise<boolean> {
    this.#look()
    if (!this.#isOver(sum(this.#earlier(), this.#lost))) return false
    if (this.#isOver(this.#lost) && this.#isAlmostFull()) return true
    let added = deletedButOpen(pids, [...this.#ledgers.keys()])
    for (const [folder, ledger] of this.#ledgers) {
      ledger.added = await addedSince(folder, ledger.sinceMs, this.#limits)
      added = sum(added, ledger.added)
    }
    this.#lost = NOTHING
    return this.#isOver(added)
  }

  /** Records the most that this command can have added. */
  close(): void {
    this.#look()
    for (const ledger of this.#ledgers.values()) ledger.added = sum(ledger.added, this.#lost)
  }

  #isOver({ bytes, files }: Amount): boolean {
    return bytes > this.#limits.bytes || files > this.#limits.files
  }

  #earlier(): Amount {
    return [...this.#ledgers.values()].reduce((all, { added }) => sum(all, added), NOTHING)
  }

  #use(): ReadonlyMap<string, Amount> {
    return new Map([...this.#ledgers.keys()].map((folder) => [folder, usedAt(folder)]))
  }

  /** Adds the largest loss of a file system since the last check. */
  #look(): void {
    const before = this.#used
    this.#used = this.#use()
    const grown = [...this.#used].map(([folder, { bytes, files }]) => {
      const then = before.get(folder) ?? NOTHING
      return { bytes: bytes - then.bytes, files: files - then.files }
    })
    const most = (of: (amount: Amount) => number) => Math.max(0, ...grown.map(of))
    this.#lost = sum(this.#lost, { bytes: most(({ bytes }) => bytes), files: most(({ files }) => files) })
  }

  #isAlmostFull(): boolean {
    return [...this.#ledgers.keys()].some((folder) => freeAt(folder) < RESERVE_BYTES)
  }
}

function usedAt(folder: string): Amount {
  try {
    const { blocks, bfree, bsize, files, ffree } = statfsSync(folder)
    return { bytes: (blocks - bfree) * bsize, files: files - ffree }
  } catch {
    return NOTHING
  }
}

function freeAt(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

const FOLDERS_PER_TURN = 50
const bytesOf = ({ blocks }: Stats) => blocks * 512

/** Stops early when it is over the limit. */
async function addedSince(top: string, sinceMs: number, limits: DiskLimits): Promise<Amount> {
  const folders = [top]
  const linked = new Set<number>()
  let [bytes, files] = [0, 0]
  for (let next = 0; next < folders.length && bytes <= limits.bytes && files <= limits.files; next += 1) {
    const folder = folders[next] ?? top
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) folders.push(path)
      const found = lstatSync(path, { throwIfNoEntry: false })
      if (found === undefined || found.ctimeMs < sinceMs || linked.has(found.ino)) continue
      if (found.nlink > 1) linked.add(found.ino)
      bytes += bytesOf(found)
      files += 1
    }
    if (next % FOLDERS_PER_TURN === 0) await setImmediate()
  }
  return { bytes, files }
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

function deletedButOpen(pids: readonly number[], folders: readonly string[]): Amount {
  const disks = new Set(folders.map((folder) => lstatSync(folder, { throwIfNoEntry: false })?.dev))
  const found = new Map<number, Stats>()
  for (const pid of pids)
    for (const descriptor of entriesOf(`/proc/${pid}/fd`)) {
      const open = statOf(`/proc/${pid}/fd/${descriptor.name}`)
      if (open?.isFile() && open.nlink === 0 && disks.has(open.dev)) found.set(open.ino, open)
    }
  return { bytes: [...found.values()].reduce((all, open) => all + bytesOf(open), 0), files: found.size }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}
