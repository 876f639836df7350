// Repository map
//
// Owns:   a map of a repository within a budget of tokens, made beside whatever else goes on here.
// Leaves: what is on it (map/).
//
// M1. Nothing of the repository is run. It is parsed in a thread of its own, with limits on time and memory.
// M2. Who cannot be mapped in that time gets the names of files instead, and is told so.

import { Worker } from 'node:worker_threads'
import { draw } from './map/draw.ts'
import type { MapOrder } from './map/map.ts'

export interface MapLimits {
  readonly timeoutMs?: number
  readonly memoryMb?: number
  readonly signal?: AbortSignal | undefined
}

/** The definitions and files that matter most to work on what is mentioned. */
export async function repositoryMap(order: MapOrder, limits: MapLimits = {}): Promise<string> {
  limits.signal?.throwIfAborted()
  const drawn = await drawInThread(order, limits)
  limits.signal?.throwIfAborted()
  return drawn ?? namesOnly(order)
}

function drawInThread(
  order: MapOrder,
  { timeoutMs = 60_000, memoryMb = 1536, signal }: MapLimits,
): Promise<string | undefined> {
  const worker = new Worker(new URL('./map/thread.ts', import.meta.url), {
    workerData: { ...order },
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  return new Promise((resolve) => {
    const end = (drawn: string | undefined) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      resolve(drawn)
      void worker.terminate()
    }
    const stop = () => end(undefined)
    const timer = setTimeout(stop, timeoutMs)
    signal?.addEventListener('abort', stop, { once: true })
    worker.once('message', end)
    worker.once('error', stop)
    worker.once('exit', stop)
  })
}

function namesOnly({ files, budgetTokens }: MapOrder): string {
  const note = '[The repository could not be mapped in time; these are names of its files.]\n'
  const sorted = [...files].sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1))
  return `${note}${draw({ definitions: [], files: sorted, unread: 0, budgetTokens: Math.max(0, budgetTokens - 30) })}`
}
