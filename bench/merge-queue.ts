// Merge queue: generated submissions through the queue's plan, and one after the other; gates that wait on a clock. What is
// compared is how long the last one waits for its answer, how many gate runs that takes, and that both merge the same.
//
// A gate run is the same wait whether it judges one submission or eight: so it is for tests for coverage with a repository's
// whole test run, which is what a run of the gates consists of. What agents submit is tested at its own place in the stack,
// too, which is not counted here. All submissions are there at the start, the worst case for a queue.

import { setTimeout as pause } from 'node:timers/promises'
import { round2 } from './parts/figures.ts'
import { type Conflicts, drawSubmissions, mergeQueue, oneByOne, type Told } from './parts/merge-queue.ts'

export const title =
  'submissions through the merge queue against judging one after the other; gates of fixed latency'

const SUBMISSIONS = 64
const SEEDS = [1, 2, 3, 4, 5]
const GATE_MS = 5

/** Shares of all submissions, and of all gate runs for the flaky ones. */
const WORKLOADS: readonly Conflicts[] = [
  { overlapping: 0, broken: 0, flaky: 0 },
  { overlapping: 0.25, broken: 0, flaky: 0 },
  { overlapping: 0, broken: 0.05, flaky: 0 },
  { overlapping: 0, broken: 0.05, flaky: 0.05 },
  { overlapping: 0.25, broken: 0.1, flaky: 0.05 },
  { overlapping: 0.5, broken: 0.25, flaky: 0.1 },
]

export async function run({
  quick,
}: {
  readonly quick: boolean
}): Promise<Readonly<Record<string, unknown>>> {
  const seeds = quick ? SEEDS.slice(0, 1) : SEEDS
  const rows = []
  for (const workload of WORKLOADS) rows.push(await rowOf(workload, seeds))
  const table = rows.map(({ overlapping, broken, flaky, speedup, queue_runs, serial_runs }) =>
    [overlapping, broken, flaky, queue_runs, serial_runs, speedup]
      .map((each) => `${each}`.padStart(12))
      .join(''),
  )
  const heads = ['overlapping', 'broken', 'flaky', 'queue runs', 'serial runs', 'speedup']
  process.stderr.write(`${heads.map((head) => head.padStart(12)).join('')}\n${table.join('\n')}\n`)
  return {
    submissions: SUBMISSIONS,
    seeds: seeds.length,
    gate_ms: GATE_MS,
    wrongly_merged: sum(rows.map((row) => row.wrongly_merged)),
    wrongly_returned: sum(rows.map((row) => row.wrongly_returned)),
    rows,
  }
}

async function rowOf(workload: Conflicts, seeds: readonly number[]) {
  const queue: Timed[] = []
  const serial: Timed[] = []
  for (const seed of seeds) {
    const submissions = drawSubmissions(SUBMISSIONS, workload, seed)
    const gates = { flaky: workload.flaky, seed, judge: () => pause(GATE_MS) }
    queue.push(await timed(() => mergeQueue(submissions, gates)))
    serial.push(await timed(() => oneByOne(submissions, gates)))
  }
  const of = (sides: readonly Timed[], what: (told: Timed) => number) => sum(sides.map(what))
  return {
    ...workload,
    queue_runs: round2(of(queue, ({ runs }) => runs) / seeds.length),
    serial_runs: round2(of(serial, ({ runs }) => runs) / seeds.length),
    queue_ms: Math.round(of(queue, ({ ms }) => ms) / seeds.length),
    serial_ms: Math.round(of(serial, ({ ms }) => ms) / seeds.length),
    speedup: round2(of(serial, ({ ms }) => ms) / of(queue, ({ ms }) => ms)),
    /** Broken ones on the branch. */
    wrongly_merged: of(queue, ({ wronglyMerged }) => wronglyMerged),
    /** Good ones given back. */
    wrongly_returned: of(queue, ({ wronglyReturned }) => wronglyReturned),
  }
}

type Timed = Told & { readonly ms: number }

async function timed(work: () => Promise<Told>): Promise<Timed> {
  const since = performance.now()
  const told = await work()
  return { ...told, ms: performance.now() - since }
}

function sum(values: readonly number[]): number {
  return values.reduce((all, each) => all + each, 0)
}
