// Merge plan
//
// Owns:   what a merge queue judges next, and what follows from each judgement: batches, a second look at what may have
//         failed by chance, and the search for the one that a batch fails with.
// Leaves: judging (the invocation `integrate`), who hears of it (integrator.ts).
//
// M1. What is merged is a tree that was judged; what was found good is merged at once, so that the search goes on from it.
// M2. The answers are those of judging one after the other in the order of the plan: the one given back is the first
//     with which the others before it do not pass.
// M3. One that a batch of n fails with is found in at most log2(n), rounded up, further trees. The more were found of
//     late, the smaller the batches: where much is broken, one after the other is faster.
// M4. Two that touch the same are never in one batch, and keep their order.
// M5. Nobody is blamed for one failure in a test that nobody in the tree brought: a whole batch, and the one that is
//     found, is judged a second time. The steps between are not: one that misled the search ends in a tree that passes.

import type { Verdict } from '../work.ts'
import type { Judgement } from './judgement.ts'

export interface MergePlan<Entry> {
  /** Those of the trial first. */
  readonly waiting: readonly Entry[]
  /** So many of the first are judged together; 0: none. */
  readonly trial: number
  /** So many of the first failed together; null: nothing is known. */
  readonly failing: Failing | null
  /** The tests in which the trial failed the first time; null: it is judged for the first time. */
  readonly doubtful: readonly string[] | null
  /** How often the size of a batch is halved now. */
  readonly caution: number
}

interface Failing {
  readonly size: number
  readonly verdicts: readonly Verdict[]
  /** The tests it failed in by chance, perhaps: it was judged once. None: it would fail again. */
  readonly doubtful: readonly string[]
}

/** A batch of 8 becomes one of 1. */
const MOST_CAUTION = 3

export type Answer<Entry> =
  | { readonly kind: 'merged'; readonly entry: Entry; readonly merge: Judgement['merged'][number] }
  | { readonly kind: 'returned'; readonly entry: Entry; readonly verdicts: readonly Verdict[] }

export interface Conclusion<Entry> {
  readonly plan: MergePlan<Entry>
  /** Each entry that is no longer in the plan, merges in the order of their commits. */
  readonly answers: readonly Answer<Entry>[]
  /** Tests that failed and, on the same tree, did not. */
  readonly flaky: readonly string[]
}

/** Nothing waits. */
export function noPlan<Entry>(): MergePlan<Entry> {
  return { waiting: [], trial: 0, failing: null, doubtful: null, caution: 0 }
}

/** One more, behind all others. */
export function withEntry<Entry>(plan: MergePlan<Entry>, entry: Entry): MergePlan<Entry> {
  return { ...plan, waiting: [...plan.waiting, entry] }
}

/** Decides what is judged now: at most `most`. `touched`: what an entry changes, by any names. */
export function withTrial<Entry>(
  plan: MergePlan<Entry>,
  most: number,
  touched: (entry: Entry) => readonly string[],
): MergePlan<Entry> {
  if (plan.trial > 0) return plan
  if (plan.failing) return { ...plan, trial: Math.floor(plan.failing.size / 2) }
  const size = Math.max(1, Math.floor(most / 2 ** plan.caution))
  const { batch, rest } = apart(plan.waiting, size, touched)
  return { ...plan, waiting: [...batch, ...rest], trial: batch.length }
}

/** What is judged now. */
export function trialOf<Entry>({ waiting, trial }: MergePlan<Entry>): readonly Entry[] {
  return waiting.slice(0, trial)
}

/** What follows from the judgement of the trial. */
export function concluded<Entry>(plan: MergePlan<Entry>, judgement: Judgement): Conclusion<Entry> {
  const trial = trialOf(plan)
  const answers = answersOf(trial, judgement)
  const answered = new Set(answers.map(({ entry }) => entry))
  const left = trial.filter((entry) => !answered.has(entry))
  const waiting = [...left, ...plan.waiting.slice(plan.trial)]
  const before = { waiting, trial: 0, failing: null, doubtful: null, caution: plan.caution }
  const { failed, returned, merged } = judgement
  // Without one that was taken out it is another tree: what was known of the old one says nothing of it.
  const known = returned.length === 0 ? plan.failing : null
  if (failed === null) {
    const flaky = merged.length > 0 ? (plan.doubtful ?? []) : []
    const size = known && left.length === 0 ? known.size - trial.length : 0
    const failing = known && size > 0 ? { ...known, size } : null
    const caution = plan.failing ? plan.caution : Math.max(0, plan.caution - 1)
    return found({ plan: { ...before, failing, caution }, answers, flaky })
  }
  const isFirst = plan.doubtful === null && failed.doubtful.length > 0
  if (isFirst && known === null) {
    const again = { trial: left.length, doubtful: failed.doubtful }
    return { plan: { ...before, ...again }, answers, flaky: [] }
  }
  const doubtful = isFirst ? failed.doubtful : []
  const failing = { size: left.length, verdicts: failed.verdicts, doubtful }
  return found({ plan: { ...before, failing }, answers, flaky: [] })
}

/** The trial could not be judged: as if it had failed, for whatever reason is in it. */
export function unjudged<Entry>(plan: MergePlan<Entry>, verdicts: readonly Verdict[]): Conclusion<Entry> {
  const failing = { size: plan.trial, verdicts, doubtful: [] }
  return found({ plan: { ...plan, trial: 0, failing, doubtful: null }, answers: [], flaky: [] })
}

/** A single one that fails is found, if it is sure that it fails. */
function found<Entry>(conclusion: Conclusion<Entry>): Conclusion<Entry> {
  const { plan, answers } = conclusion
  const { failing } = plan
  const [entry, ...waiting] = plan.waiting
  if (failing?.size !== 1 || entry === undefined) return conclusion
  if (failing.doubtful.length > 0) {
    const again = { trial: 1, failing: null, doubtful: failing.doubtful }
    return { ...conclusion, plan: { ...plan, ...again } }
  }
  const answer = { kind: 'returned', entry, verdicts: failing.verdicts } as const
  const caution = Math.min(plan.caution + 1, MOST_CAUTION)
  return {
    ...conclusion,
    plan: { ...plan, waiting, failing: null, caution },
    answers: [...answers, answer],
  }
}

function answersOf<Entry>(trial: readonly Entry[], { merged, returned }: Judgement): Answer<Entry>[] {
  const entryAt = (at: number): Entry => {
    const entry = trial[at]
    if (entry === undefined) throw new Error(`judged was the ${at + 1}. of ${trial.length}`)
    return entry
  }
  return [
    ...merged.map((merge) => ({ kind: 'merged' as const, entry: entryAt(merge.at), merge })),
    ...returned.map(({ at, verdicts }) => ({ kind: 'returned' as const, entry: entryAt(at), verdicts })),
  ]
}

/** M4: the first that touch nothing of each other, and all others in their order. */
function apart<Entry>(
  waiting: readonly Entry[],
  most: number,
  touched: (entry: Entry) => readonly string[],
): { batch: readonly Entry[]; rest: readonly Entry[] } {
  const batch: Entry[] = []
  const rest: Entry[] = []
  const names = new Set<string>()
  for (const entry of waiting) {
    const own = touched(entry)
    const fits = batch.length < most && !own.some((name) => names.has(name))
    ;(fits ? batch : rest).push(entry)
    for (const name of own) names.add(name)
  }
  return { batch, rest }
}
