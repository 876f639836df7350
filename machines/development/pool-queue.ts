// Pool queue
//
// Owns:   who gets what: the order of what waits, and which free worker takes which.
//
// Q1. The higher priority first; among equals the one that came first.
// Q2. A ticket is given to one worker, a worker holds one ticket.

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
}

/** By id, in the order in which they were hired. */
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

/** As many pairs as there are both work and hands (Q2). */
export function pairs(queue: readonly Waiting[], workers: Workers): { worker: string; ticket: string }[] {
  const free = freeWorkers(workers)
  return queue.slice(0, free.length).map(({ ticket }, index) => ({ ticket, worker: free[index] ?? '' }))
}

/** Who holds a ticket. */
export function holderOf(workers: Workers, ticket: string): string | undefined {
  return Object.keys(workers).find((id) => workers[id]?.ticket === ticket)
}

/** How many there will be once those who leave are gone. */
export function staying(workers: Workers): number {
  return Object.values(workers).filter(({ leaving }) => !leaving).length
}

/** Marks who leaves so that `size` stay: idle ones before busy ones, then the last hired; else calls some back. */
export function resized(workers: Workers, size: number): Workers {
  const rank = (id: string): number =>
    (workers[id]?.leaving ? 2 : 0) + (workers[id]?.state === 'busy' ? 0 : 1)
  const stays = new Set(
    Object.keys(workers)
      .sort((a, b) => rank(a) - rank(b))
      .slice(0, size),
  )
  return Object.fromEntries(
    Object.entries(workers).map(([id, worker]) => [id, { ...worker, leaving: !stays.has(id) }]),
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
