// Jobs: a roadmap of tasks that need each other, drawn from a seed, and how long it must take at least.
//
// J1. The same seed gives the same jobs.
// J2. A job needs only jobs before it: there is no cycle.

import { criticalPath } from '../../../machines/index.ts'

export interface Job {
  readonly id: string
  readonly needs: readonly string[]
  /** How many steps of writing it takes. */
  readonly size: number
}

export interface Latencies {
  /** A worker's steps around the writing, together. */
  readonly around: number
  /** Of writing, for each step of a job's size. */
  readonly step: number
  /** From the submission until it is judged. No worker is busy with that. */
  readonly judging: number
}

const MOST_NEEDS = 3
/** A job needs what came shortly before it, so that the graph is deep as well as wide. */
const WINDOW = 40

export function drawJobs(count: number, seed: number): Job[] {
  const chance = random(seed)
  return Array.from({ length: count }, (_, number) => {
    const needs = new Set<string>()
    for (let left = chance(MOST_NEEDS + 1); left > 0 && number > 0; left -= 1)
      needs.add(idOf(Math.max(0, number - 1 - chance(WINDOW))))
    return { id: idOf(number), needs: [...needs].sort(), size: 10 + chance(31) }
  })
}

/** How long a worker is busy with a job. */
export function workOf({ size }: Job, { around, step }: Latencies): number {
  return around + size * step
}

/**
 * How long the best list schedule takes: whenever a worker is free it takes, of the jobs whose needs are judged, the one
 * with the longest chain behind it. Nothing takes any time but the latencies, and any number are judged at a time.
 */
export function listSchedule(jobs: readonly Job[], workers: number, latencies: Latencies): number {
  const chain = chains(jobs, latencies)
  const waiting = jobs.toSorted((a, b) => (chain.get(b.id) ?? 0) - (chain.get(a.id) ?? 0))
  const judged = new Map<string, number>()
  const free = Array.from({ length: workers }, () => 0)
  let now = 0
  while (waiting.length > 0) {
    const next = waiting.findIndex(({ needs }) =>
      needs.every((need) => (judged.get(need) ?? Number.POSITIVE_INFINITY) <= now),
    )
    const worker = free.findIndex((at) => at <= now)
    const job = worker < 0 ? undefined : waiting[next]
    if (job === undefined) {
      now = Math.min(...[...free, ...judged.values()].filter((at) => at > now))
      continue
    }
    waiting.splice(next, 1)
    free[worker] = now + workOf(job, latencies)
    judged.set(job.id, (free[worker] ?? now) + latencies.judging)
  }
  return Math.max(0, ...judged.values())
}

/** No schedule can be shorter: neither than the longest chain, nor than all work shared evenly. */
export function lowerBound(jobs: readonly Job[], workers: number, latencies: Latencies): number {
  const work = jobs.reduce((sum, job) => sum + workOf(job, latencies), 0)
  return Math.max(...chains(jobs, latencies).values(), work / workers)
}

function chains(jobs: readonly Job[], latencies: Latencies): ReadonlyMap<string, number> {
  return criticalPath(jobs, (job) => workOf(job, latencies) + latencies.judging)
}

/** Numbers below a bound (the minimal standard generator of Park and Miller). */
function random(seed: number): (bound: number) => number {
  let state = (seed % 2_147_483_646) + 1
  return (bound) => {
    state = (state * 48_271) % 2_147_483_647
    return state % bound
  }
}

function idOf(number: number): string {
  return `m${String(number).padStart(3, '0')}`
}
