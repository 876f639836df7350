// Usage
//
// The usage of a command and all its processes, read from /proc. Without /proc nothing is known.
//
// Memory is counted in every place where a command can use it: its own pages and their tables, swapped pages, and files
// in its file systems in memory. The sandbox has no shared pages without a file (seccomp/filter.ts, mmap).

import { readdir, readFile, statfs } from 'node:fs/promises'

export interface CommandUsage {
  readonly pids: readonly number[]
  /** Of all of them together; counting stops at MAX_COUNTED. */
  readonly threads: number
  readonly memoryMb: number
}

/** A file system in memory that only this command has; recognised by its size. */
export interface MemoryFolder {
  readonly path: string
  readonly bytes: number
}

const KB = 1024
const MB = 1024 * 1024

export class UsageReader {
  readonly #folders: readonly MemoryFolder[]

  constructor(folders: readonly MemoryFolder[]) {
    this.#folders = folders
  }

  async read(root: number): Promise<CommandUsage> {
    const { pids, threads } = await processesBelow(root)
    const sizes = await Promise.all(pids.map(sizeOf))
    const own = sizes.reduce((sum, bytes) => sum + bytes, 0)
    return { pids, threads, memoryMb: (own + (await this.#filesInMemory(pids))) / MB }
  }

  /** The first process is bubblewrap outside; any of the others is inside. */
  async #filesInMemory(pids: readonly number[]): Promise<number> {
    for (const pid of pids.slice(1).reverse()) {
      const sizes = await Promise.all(this.#folders.map((folder) => bytesIn(`/proc/${pid}/root`, folder)))
      if (sizes.some((size) => size !== undefined))
        return sizes.reduce<number>((sum, size = 0) => sum + size, 0)
    }
    return 0
  }
}

/** A process and its descendants. Orphans in a pid namespace stay descendants: its first process adopts them. */
async function processesBelow(root: number): Promise<{ pids: number[]; threads: number }> {
  const pids = [root]
  let threads = 0
  for (let next = 0; next < pids.length && Math.max(pids.length, threads) < MAX_COUNTED; next++) {
    const own = await readdir(`/proc/${pids[next]}/task`).catch(() => [])
    threads += own.length
    pids.push(...(await childrenOf(pids[next] ?? 0, own.slice(0, MAX_COUNTED))))
  }
  return { pids, threads }
}

/** More than any command may have. */
const MAX_COUNTED = 5000

async function childrenOf(pid: number, threads: readonly string[]): Promise<number[]> {
  const lists = await Promise.all(threads.map((thread) => read(`/proc/${pid}/task/${thread}/children`)))
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number))
}

async function sizeOf(pid: number): Promise<number> {
  const status = await read(`/proc/${pid}/status`)
  const field = (name: string) => KB * Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
  return field('RssAnon') + field('RssShmem') + field('VmPTE') + field('VmSwap')
}

const TMPFS = 0x01021994
/** The kernel's own record of an empty file. */
const FILE_BYTES = 1024

async function bytesIn(root: string, { path, bytes }: MemoryFolder): Promise<number | undefined> {
  const found = await statfs(root + path).catch(() => undefined)
  if (found === undefined || found.type !== TMPFS || found.blocks * found.bsize !== bytes) return undefined
  return (found.blocks - found.bfree) * found.bsize + (found.files - found.ffree) * FILE_BYTES
}

function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
