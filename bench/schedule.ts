// Schedule: 100 tasks that need each other, done by 10 workers in the real tree on LevelDB and a nats-server, all work
// being waits of fixed length; against the best list schedule of the same tasks, in which nothing else takes time.
//
// The latencies stand to each other as those of real work do (a model writes for minutes, the gates of a repository run
// for a fraction of that, a worktree is made in seconds), 100 times shortened, so that all of it takes about a minute:
// writing 1 to 4 s, 50 ms each for worktree, commit and removal, 400 ms for the gates.
//
// Two runs: one undisturbed, that the ratio comes from, and one in which a worker, a process with two of the workers and
// the server are killed, that shows what is done twice: nothing.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findTool, natsServerTool } from '../programs/index.ts'
import { round2 } from './parts/figures.ts'
import {
  drawJobs,
  type Job,
  type Latencies,
  listSchedule,
  lowerBound,
  workOf,
} from './parts/schedule/jobs.ts'
import { STEPS } from './parts/schedule/scripted.ts'
import { type Ran, scriptedRun } from './parts/schedule/scripted-run.ts'

export const title =
  '100 tasks through 10 workers, with a worker, a node and the server killed; against the best list schedule'

const WORKERS = 10
const SEED = 7

const LATENCIES: Latencies = {
  around: STEPS.prepare + STEPS.submit + STEPS.release,
  step: STEPS.step,
  judging: STEPS.judging,
}

export async function run({
  quick,
}: {
  readonly quick: boolean
}): Promise<Readonly<Record<string, unknown>>> {
  const jobs = drawJobs(quick ? 30 : 100, SEED)
  const found = await findTool(natsServerTool)
  if (found.kind === 'missing') throw new Error(found.reason)
  const directory = await mkdtemp(join(tmpdir(), 'canopy-bench-'))
  const best = listSchedule(jobs, WORKERS, LATENCIES)
  const order = { binary: found.path, jobs, workers: WORKERS }
  const kills = { worker: best * 0.15, node: best * 0.3, server: best * 0.5 }
  try {
    const quiet = await scriptedRun({ ...order, directory: join(directory, 'quiet') })
    const disturbed = await scriptedRun({ ...order, directory: join(directory, 'disturbed'), kills })
    return {
      tasks: jobs.length,
      workers: WORKERS,
      seed: SEED,
      latencies_ms: STEPS,
      best_list_schedule_ms: best,
      lower_bound_ms: Math.round(lowerBound(jobs, WORKERS, LATENCIES)),
      ratio: round2(quiet.ms / best),
      disturbed_ratio: round2(disturbed.ms / best),
      exactly_once: [quiet, disturbed].every((each) => isExactlyOnce(each, jobs)),
      undisturbed: figuresOf(quiet, jobs),
      disturbed: figuresOf(disturbed, jobs),
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** Every task ended as done and was merged once, and nothing was paid twice under one key. */
function isExactlyOnce({ account, output }: Ran, jobs: readonly Job[]): boolean {
  const { paidTwice, merged, mergedTwice } = account
  return output.tasks.done === jobs.length && merged === jobs.length && mergedTwice + paidTwice === 0
}

function figuresOf({ ms, account, output, judgings, facts }: Ran, jobs: readonly Job[]) {
  const lost = facts.flatMap((fact) =>
    fact.type === 'emitted' && fact.event.type === 'worker.lost' ? [String(fact.event.reason)] : [],
  )
  const work = jobs.reduce((sum, job) => sum + workOf(job, LATENCIES), 0)
  return {
    ms: Math.round(ms),
    /** Of the workers' time. */
    busy: round2(work / (WORKERS * ms)),
    tasks: output.tasks,
    paid: account,
    gate_runs: judgings,
    workers_lost: lost,
  }
}
