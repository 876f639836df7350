// Machine speed
//
// Owns:   how many times slower this machine is now than the one that the tests' limits were set on, and which resource
//         is short.
//
// M1. The factor is between 1 and MAX_SLOWNESS: a test that hangs still ends.
// M2. The greatest of three counts: the time of a computation and of a child process, each against the reference, and the
//     number of processes per core that want to run.

import { spawnSync } from 'node:child_process'
import { readFileSync, statfsSync } from 'node:fs'
import { availableParallelism, freemem, loadavg, tmpdir, totalmem } from 'node:os'

export const MAX_SLOWNESS = 8

/** On the reference: two cores of 2026 that do nothing else. */
const COMPUTATION_MS = 20
const CHILD_MS = 45

/** A factor from 1 to MAX_SLOWNESS; takes about 0.1 s times the factor. */
export function measureSlowness(): number {
  const computation = timeOf(compute) / COMPUTATION_MS
  const child = timeOf(() => spawnSync(process.execPath, ['--eval', '0'])) / CHILD_MS
  return Math.min(MAX_SLOWNESS, Math.max(1, computation, child, loadPerCore()))
}

/** A limit in ms that was set on the reference, for this machine: as it was when the test run began, or is now. */
export function limit(referenceMs: number): number {
  const atBegin = Number(process.env.TEST_SLOWNESS ?? 1)
  return Math.round(referenceMs * Math.min(MAX_SLOWNESS, Math.max(1, atBegin, loadPerCore())))
}

/** In words, for whoever reads that a limit was missed. */
export function shortage(): string {
  const short = [shortCpu(), shortMemory(), shortDisk()].filter((each) => each !== undefined)
  return short.length === 0 ? 'neither CPU nor memory nor disk was short' : `short: ${short.join('; ')}`
}

function timeOf(work: () => void): number {
  const began = performance.now()
  work()
  return performance.now() - began
}

function compute(): void {
  let state = 1
  for (let round = 0; round < 12_000_000; round += 1)
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
}

function loadPerCore(): number {
  return (loadavg()[0] ?? 0) / availableParallelism()
}

function shortCpu(): string | undefined {
  const waited = pressureOf('cpu')
  if (loadPerCore() < 1.5 && waited < 50) return undefined
  const load = (loadavg()[0] ?? 0).toFixed(1)
  return `CPU (load ${load} on ${availableParallelism()} cores; processes waited for a core in ${waited}% of the last 10 s)`
}

function shortMemory(): string | undefined {
  const waited = pressureOf('memory')
  const available =
    Number(/^MemAvailable: +(\d+)/m.exec(textOf('/proc/meminfo'))?.[1] ?? freemem() / 1024) / 1024
  if (available > 512 && waited < 10) return undefined
  const total = Math.round(totalmem() / 2 ** 20)
  return `memory (${Math.round(available)} of ${total} MB available; processes waited for it in ${waited}% of the last 10 s)`
}

function shortDisk(): string | undefined {
  const waited = pressureOf('io')
  const { bavail, bsize } = statfsSync(tmpdir())
  const free = Math.round((bavail * bsize) / 2 ** 20)
  if (free > 512 && waited < 20) return undefined
  return `disk (${free} MB free in ${tmpdir()}; processes waited for it in ${waited}% of the last 10 s)`
}

/** In percent, from 0 to 100; 0 where the kernel does not tell. */
function pressureOf(resource: 'cpu' | 'memory' | 'io'): number {
  return Math.round(Number(/^some avg10=([\d.]+)/.exec(textOf(`/proc/pressure/${resource}`))?.[1] ?? 0))
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
