// Usage
//
// Owns:   what a command and everything it started take, read from /proc. Where there is no /proc nothing is known.

import { readdir, readFile } from 'node:fs/promises'

export interface Usage {
  readonly processes: number
  readonly memoryMb: number
}

export async function usageOf(root: number): Promise<Usage> {
  const pids = await family(root)
  const sizes = await Promise.all(pids.map(residentKb))
  return { processes: pids.length, memoryMb: sizes.reduce((sum, size) => sum + size, 0) / 1024 }
}

/** A process and its descendants. Orphans in a pid namespace stay descendants: its first process adopts them. */
async function family(root: number): Promise<number[]> {
  const known = [root]
  for (let next = 0; next < known.length && known.length < 5000; next++) {
    known.push(...(await childrenOf(known[next] ?? 0)))
  }
  return known
}

async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => [])
  const lists = await Promise.all(threads.map((thread) => read(`/proc/${pid}/task/${thread}/children`)))
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number))
}

async function residentKb(pid: number): Promise<number> {
  const status = await read(`/proc/${pid}/status`)
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
  return field('RssAnon') + field('RssShmem')
}

function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
