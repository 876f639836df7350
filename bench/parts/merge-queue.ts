// Merge queue: submissions drawn from a seed, and two ways to judge them with gates that are given.
//
// Q1. A broken one fails with whatever it is judged; one run in so many fails by chance, never twice in a row on one tree.
// Q2. Two that overlap change the same file. That alone is no fault: they are judged one after the other.

import {
  type BatchJudgement,
  concluded,
  type MergePlan,
  noPlan,
  trialOf,
  withEntry,
  withTrial,
} from '../../machines/index.ts'

export interface Conflicts {
  readonly overlapping: number
  readonly broken: number
  readonly flaky: number
}

export interface Submission {
  readonly id: number
  readonly files: readonly string[]
  readonly isBroken: boolean
}

export interface Gates {
  /** The share of runs that fail by chance. */
  readonly flaky: number
  readonly seed: number
  /** Takes as long as a run of the gates. */
  judge(): Promise<unknown>
}

export interface Told {
  readonly runs: number
  readonly wronglyMerged: number
  readonly wronglyReturned: number
}

const MOST = 8
/** Files that several submissions are about. */
const HOT = 3

export function drawSubmissions(count: number, conflicts: Conflicts, seed: number): Submission[] {
  const chance = random(seed)
  return Array.from({ length: count }, (_, id) => ({
    id,
    files: [
      `src/${id}.ts`,
      ...(chance() < conflicts.overlapping ? [`src/hot-${Math.floor(chance() * HOT)}.ts`] : []),
    ],
    isBroken: chance() < conflicts.broken,
  }))
}

/** As the integrator does it. */
export async function mergeQueue(submissions: readonly Submission[], gates: Gates): Promise<Told> {
  const run = runner(gates)
  let plan = submissions.reduce<MergePlan<Submission>>(withEntry, noPlan<Submission>())
  const merged: Submission[] = []
  const returned: Submission[] = []
  while (plan.waiting.length > 0) {
    plan = withTrial(plan, MOST, ({ files }) => files)
    const stack = trialOf(plan)
    const passed = await run(stack, plan.doubtful !== null)
    const next = concluded(plan, passed ? allMerged(stack) : ALL_FAILED)
    plan = next.plan
    for (const { kind, entry } of next.answers) (kind === 'merged' ? merged : returned).push(entry)
  }
  return told(run.runs(), merged, returned)
}

/** Each by itself, and a second time when it failed. */
export async function oneByOne(submissions: readonly Submission[], gates: Gates): Promise<Told> {
  const run = runner(gates)
  const merged: Submission[] = []
  const returned: Submission[] = []
  for (const one of submissions) {
    const passed = (await run([one], false)) || (await run([one], true))
    ;(passed ? merged : returned).push(one)
  }
  return told(run.runs(), merged, returned)
}

function runner({ flaky, seed, judge }: Gates) {
  const chance = random(seed + 1_000)
  let runs = 0
  const run = async (stack: readonly Submission[], isSecond: boolean): Promise<boolean> => {
    runs += 1
    const isFlake = chance() < flaky && !isSecond
    await judge()
    return !isFlake && !stack.some(({ isBroken }) => isBroken)
  }
  return Object.assign(run, { runs: () => runs })
}

function allMerged(stack: readonly Submission[]): BatchJudgement {
  const none = { covered: 0, total: 0 }
  const change = { branches: none, statements: none, modules: [] }
  const merged = stack.map(({ id }, at) => ({ at, commit: `c${id}`, change, verdicts: [] }))
  return { returned: [], merged, measurement: null, failed: null }
}

const ALL_FAILED: BatchJudgement = {
  returned: [],
  merged: [],
  measurement: null,
  failed: { verdicts: [], doubtful: ['a test'] },
}

function told(runs: number, merged: readonly Submission[], returned: readonly Submission[]): Told {
  return {
    runs,
    wronglyMerged: merged.filter(({ isBroken }) => isBroken).length,
    wronglyReturned: returned.filter(({ isBroken }) => !isBroken).length,
  }
}

/** Numbers from 0 to below 1 (the minimal standard generator of Park and Miller). */
function random(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1
  const next = (): number => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
  // The first numbers of small seeds are small.
  for (let skipped = 0; skipped < 5; skipped += 1) next()
  return next
}
