// Pool queue
//
// The order of waiting assignments, and which free worker gets which.
//
// Q1. The higher priority first; at the same priority the earlier one.
// Q2. A ticket is given to one worker, and a worker has one ticket.
// Q8. Among the able workers, the one on the machine with the largest share of free workers gets it.

import { childAddress } from '../children.ts'

/** An assignment that waits; the full record is in the pool's state. */
export interface QueuedTicket {
  readonly ticket: string
  readonly priority: number
}

export interface Worker {
  /** `starting`: it has not reported yet. */
  readonly state: 'starting' | 'free' | 'busy'
  /** Its assignment. A busy worker without one does work that the pool gave up. */
  readonly ticket: string | null
  /** It stops as soon as it is free. */
  readonly leaving: boolean
  /** Absent: it is a child of the pool. Otherwise it is of this node, and its id is its address. */
  readonly node?: string
  /** Of a node's worker: it can do tasks that need a model. */
  readonly agents?: boolean
}

/** By id, in the order in which they were started or joined. */
export type Workers = Readonly<Record<string, Worker>>

/** Adds an assignment in its place (Q1). */
export function queued(queue: readonly QueuedTicket[], one: QueuedTicket): readonly QueuedTicket[] {
  const after = queue.findIndex(({ priority }) => priority < one.priority)
  return after < 0 ? [...queue, one] : [...queue.slice(0, after), one, ...queue.slice(after)]
}

/** Returns an assignment that was handed out already to the front of its priority. */
export function requeued(queue: readonly QueuedTicket[], one: QueuedTicket): readonly QueuedTicket[] {
  const after = queue.findIndex(({ priority }) => priority <= one.priority)
  return after < 0 ? [...queue, one] : [...queue.slice(0, after), one, ...queue.slice(after)]
}

/** Workers that can take an assignment now. */
export function freeWorkers(workers: Workers): string[] {
  return Object.keys(workers).filter((id) => workers[id]?.state === 'free' && !workers[id].leaving)
}

/** Pairs waiting assignments with able workers (Q2). */
export function pairs(
  queue: readonly QueuedTicket[],
  workers: Workers,
  mayHave: (worker: Worker, ticket: string) => boolean = () => true,
): { worker: string; ticket: string }[] {
  const free = new Set(queue.length > 0 ? freeWorkers(workers) : [])
  if (free.size === 0) return []
  const loads = loadsOf(workers)
  const handed: { worker: string; ticket: string }[] = []
  for (const { ticket } of queue) {
    if (free.size === 0) break
    const able = [...free].filter((id) => workers[id] !== undefined && mayHave(workers[id], ticket))
    const [worker] = able.toSorted((one, other) => loads.of(one) - loads.of(other))
    if (worker === undefined) continue
    handed.push({ ticket, worker })
    free.delete(worker)
    loads.add(worker)
  }
  return handed
}

/** The share of busy workers on a worker's machine (Q8). */
function loadsOf(workers: Workers): { of(worker: string): number; add(worker: string): void } {
  const machines = new Map<string, { busy: number; all: number }>()
  const machineOf = (id: string) => {
    const node = workers[id]?.node ?? ''
    const machine = machines.get(node) ?? { busy: 0, all: 0 }
    machines.set(node, machine)
    return machine
  }
  for (const [id, { state }] of Object.entries(workers)) {
    const machine = machineOf(id)
    machine.all += 1
    if (state === 'busy') machine.busy += 1
  }
  return {
    of: (worker) => machineOf(worker).busy / machineOf(worker).all,
    add: (worker) => {
      machineOf(worker).busy += 1
    },
  }
}

/** The queue without the assignments below one of these addresses. */
export function unheld(queue: readonly QueuedTicket[], held: readonly string[]): readonly QueuedTicket[] {
  return held.length === 0
    ? queue
    : queue.filter(({ ticket }) => !held.some((owner) => ticket.startsWith(`${owner}.`)))
}

/** The worker that has a ticket. */
export function holderOf(workers: Workers, ticket: string): string | undefined {
  return Object.keys(workers).find((id) => workers[id]?.ticket === ticket)
}

/** How many of the pool's own workers stay when those marked as leaving are gone. */
export function staying(workers: Workers): number {
  return Object.values(workers).filter(({ leaving, node }) => !leaving && node === undefined).length
}

/**
 * Marks the pool's own workers that leave so that `size` stay: idle ones before busy ones, then the last started; or
 * clears the mark.
 */
export function resized(workers: Workers, size: number): Workers {
  const rank = (id: string): number =>
    (workers[id]?.leaving ? 2 : 0) + (workers[id]?.state === 'busy' ? 0 : 1)
  const stays = new Set(
    Object.keys(workers)
      .filter((id) => workers[id]?.node === undefined)
      .sort((a, b) => rank(a) - rank(b))
      .slice(0, size),
  )
  const leaves = (id: string): boolean => workers[id]?.node === undefined && !stays.has(id)
  return Object.fromEntries(
    Object.entries(workers).map(([id, worker]) => [id, { ...worker, leaving: leaves(id) }]),
  )
}

/** Workers that are marked as leaving and idle. */
export function dismissed(workers: Workers): string[] {
  return Object.keys(workers).filter((id) => workers[id]?.leaving && workers[id].state !== 'busy')
}

/** The workers with one of them changed. */
export function withWorker(workers: Workers, id: string, change: Partial<Worker>): Workers {
  const worker = workers[id]
  return worker ? { ...workers, [id]: { ...worker, ...change } } : workers
}

/** The workers without one. */
export function withoutWorker(workers: Workers, id: string): Workers {
  return Object.fromEntries(Object.entries(workers).filter(([each]) => each !== id))
}

/** A node and how many workers it brings. */
export interface NodeWorkers {
  readonly node: string
  readonly workers: number
  readonly agents?: boolean | undefined
}

/** Workers of nodes that are not among these. */
export function workersElsewhere(
  workers: Workers,
  nodes: readonly NodeWorkers[],
): (Worker & { readonly id: string; readonly node: string })[] {
  const there = new Set(nodes.map(({ node }) => node))
  return Object.entries(workers).flatMap(([id, worker]) =>
    worker.node === undefined || there.has(worker.node) ? [] : [{ ...worker, id, node: worker.node }],
  )
}

/** The nodes without a known worker. */
export function newcomers(workers: Workers, nodes: readonly NodeWorkers[]): readonly NodeWorkers[] {
  const known = new Set(Object.values(workers).map(({ node }) => node))
  return nodes.filter(({ node }) => !known.has(node))
}

/** The workers that these nodes bring. */
export function brought(crews: readonly NodeWorkers[]): Workers {
  const each = crews.flatMap(({ node, workers, agents = false }) =>
    Array.from({ length: workers }, (_, index) => {
      const worker: Worker = {
        state: 'starting',
        ticket: null,
        leaving: false,
        node,
        ...(agents && { agents }),
      }
      return [childAddress(node, `worker:${index + 1}`), worker] as const
    }),
  )
  return Object.fromEntries(each)
}
