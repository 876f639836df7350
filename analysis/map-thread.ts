// Map thread
//
// The one thread that makes maps: it starts with the first map, makes one map after the other, and ends after 60 s without
// an order.
// Leaves: its work (map/thread.ts).
//
// T1. A map that exceeds its time or memory ends the thread and its caches; the next map starts another.
// T2. A thread without work does not keep the process alive.

import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Candidate, CandidatesOrder, MapOrder } from './map/map.ts'

export interface MapLimits {
  readonly timeoutMs?: number
  readonly memoryMb?: number
  readonly signal?: AbortSignal | undefined
}

const TIMEOUT_MS = 60_000
const MEMORY_MB = 1536
const IDLE_MS = 60_000

let thread: { readonly worker: Worker; readonly memoryMb: number } | undefined
let turn: Promise<unknown> = Promise.resolve()
let idle: NodeJS.Timeout | undefined

/** The map; undefined when it could not be made within the limits. */
export function drawInThread(order: MapOrder, limits: MapLimits): Promise<string | undefined> {
  return inTurn<string>(order, limits)
}

/** The files whose words fit a task best; undefined when they could not be read within the limits. */
export function findInThread(order: CandidatesOrder, limits: MapLimits): Promise<Candidate[] | undefined> {
  return inTurn<Candidate[]>(order, limits)
}

function inTurn<Answer>(order: MapOrder | CandidatesOrder, limits: MapLimits): Promise<Answer | undefined> {
  const answered = turn.then(() => (limits.signal?.aborted ? undefined : ask<Answer>(order, limits)))
  turn = answered
  return answered
}

async function ask<Answer>(
  order: MapOrder | CandidatesOrder,
  { timeoutMs = TIMEOUT_MS, memoryMb = MEMORY_MB, signal }: MapLimits,
): Promise<Answer | undefined> {
  clearTimeout(idle)
  const { promise, resolve } = Promise.withResolvers<Answer | undefined>()
  const worker = workerWith(memoryMb)
  const give = (): void => resolve(undefined)
  const timer = setTimeout(give, timeoutMs)
  signal?.addEventListener('abort', give, { once: true })
  worker.once('message', resolve).once('error', give).once('exit', give).ref()
  worker.postMessage({ ...order })
  const answer = await promise
  clearTimeout(timer)
  signal?.removeEventListener('abort', give)
  worker.off('message', resolve).off('error', give).off('exit', give).unref()
  if (answer === undefined) end()
  idle = setTimeout(end, IDLE_MS).unref()
  return answer
}

function workerWith(memoryMb: number): Worker {
  if (thread && thread.memoryMb !== memoryMb) end()
  thread ??= { worker: begun(memoryMb), memoryMb }
  return thread.worker
}

function begun(memoryMb: number): Worker {
  const worker = new Worker(new URL(`./map/thread${extname(import.meta.url)}`, import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  // Out of memory it ends by itself, also between two maps.
  worker.on('error', () => {})
  worker.on('exit', () => {
    if (thread?.worker === worker) thread = undefined
  })
  return worker
}

function end(): void {
  void thread?.worker.terminate()
  thread = undefined
}
