// Pool queue
//
// Owns:   who gets what: the order of what waits, and which free worker takes which.
//
// Q1. The higher priority first; among equals the one that came first.
// Q2. A ticket is given to one worker, a worker holds one ticket.
// Q8. Of those who may have it, the one on the machine with the most free hands, by its size, gets it.

import { childAddress } from '../children.ts'

/** An assignment that waits; the whole of it is kept elsewhere. */
export interface Waiting {
  readonly ticket: string
  readonly priority: number
}

export interface Worker {
  /** `starting`: it has not said that it is there. */
  readonly state: 'starting' | 'free' | 'busy'
  /** What it was given. A busy worker without one does something that the pool gave up on. */
  readonly ticket: string | null
  /** It is stopped as soon as it is free. */
  readonly leaving: boolean
  /** Absent: it is a child of the pool. Otherwise it is of this node, and its id is its address. */
  readonly node?: string
  /** Of a node's: it can do what needs a model. */
  readonly agents?: boolean
}

/** By id, in the order in which they were hired or came. */
export type Workers = Readonly<Record<string, Worker>>

/** Puts one in its place (Q1). */
export function queued(queue: readonly Waiting[], one: Waiting): readonly Waiting[] {
  const after = queue.findIndex(({ priority }) => priority < one.priority)
  return after < 0 ? [...queue, one] : [...queue.slice(0, after), one, ...queue.slice(after)]
}

/** Puts one that was handed out already before its equals. */
export function requeued(queue: readonly Waiting[], one: Waiting): readonly Waiting[] {
  const after = queue.findIndex(({ priority }) => priority <= one.priority)
  return after < 0 ? [...queue, one] : [...queue.slice(0, after), one, ...queue.slice(after)]
}

/** Who can take something now. */
export function freeWorkers(workers: Workers): string[] {
  return Object.keys(workers).filter((id) => workers[id]?.state === 'free' && !workers[id].leaving)
}

/** As many pairs as there are both work and hands that may have it (Q2). */
export function pairs(
  queue: readonly Waiting[],
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

/** Which part of the hands of a worker's machine is full (Q8). */
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

/** What waits without what comes from below one of these addresses. */
export function unheld(queue: readonly Waiting[], held: readonly string[]): readonly Waiting[] {
  return held.length === 0
    ? queue
    : queue.filter(({ ticket }) => !held.some((owner) => ticket.startsWith(`${owner}.`)))
}

/** Who holds a ticket. */
export function holderOf(workers: Workers, ticket: string): string | undefined {
  return Object.keys(workers).find((id) => workers[id]?.ticket === ticket)
}

/** How many of the pool's own there will be once those who leave are gone. */
export function staying(workers: Workers): number {
  return Object.values(workers).filter(({ leaving, node }) => !leaving && node === undefined).length
}

/** Marks who of the pool's own leaves so that `size` stay: idle ones before busy ones, then the last hired; else calls some back. */
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

/** Who is to leave and may. */
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
export interface Crew {
  readonly node: string
  readonly workers: number
  readonly agents?: boolean | undefined
}

/** Those of nodes that are not among these. */
export function workersElsewhere(
  workers: Workers,
  nodes: readonly Crew[],
): (Worker & { readonly id: string; readonly node: string })[] {
  const there = new Set(nodes.map(({ node }) => node))
  return Object.entries(workers).flatMap(([id, worker]) =>
    worker.node === undefined || there.has(worker.node) ? [] : [{ ...worker, id, node: worker.node }],
  )
}

/** The nodes of which nobody is known yet. */
export function newcomers(workers: Workers, nodes: readonly Crew[]): readonly Crew[] {
  const known = new Set(Object.values(workers).map(({ node }) => node))
  return nodes.filter(({ node }) => !known.has(node))
}

/** The workers that these nodes bring. */
export function brought(crews: readonly Crew[]): Workers {
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
