// Merge plan
//
// Owns:   what a merge queue judges next, and what follows from each judgement: batches, a second look at what may have
//         failed by chance, and the search for the one that a batch fails with.
// Leaves: judging (the invocation `integrate`), who hears of it (integrator.ts).
//
// M1. What is merged is a tree that was judged; what was found good is merged at once, so that the search goes on from it.
// M2. The answers are those of judging one after the other in the order of the plan: the one given back is the first
//     with which the others before it do not pass.
// M3. One that a batch of n fails with is found in at most log2(n), rounded up, further trees.
// M4. Two that touch the same are never in one batch, and keep their order.
// M5. A tree that failed in a test nobody in it brought is judged a second time; that alone blames nobody.

import type { Verdict } from '../work.ts'
import type { Judgement } from './judgement.ts'

export interface MergePlan<Entry> {
  /** Those of the trial first. */
  readonly waiting: readonly Entry[]
  /** So many of the first are judged together; 0: none. */
  readonly trial: number
  /** So many of the first failed together; null: nothing is known. */
  readonly failing: { readonly size: number; readonly verdicts: readonly Verdict[] } | null
  /** The tests in which the trial failed the first time; null: it is judged for the first time. */
  readonly doubtful: readonly string[] | null
}

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
  return { waiting: [], trial: 0, failing: null, doubtful: null }
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
  const { batch, rest } = apart(plan.waiting, most, touched)
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
  const before = { waiting, trial: 0, failing: null, doubtful: null }
  const { failed, returned, merged } = judgement
  // Without one that was taken out it is another tree: what was known of the old one says nothing of it.
  const known = returned.length === 0 ? plan.failing : null
  if (failed === null) {
    const flaky = merged.length > 0 ? (plan.doubtful ?? []) : []
    const rest = known && left.length === 0 ? { ...known, size: known.size - trial.length } : null
    return found({ plan: { ...before, failing: rest }, answers, flaky })
  }
  if (plan.doubtful === null && failed.doubtful.length > 0) {
    const again = { trial: left.length, doubtful: failed.doubtful }
    return { plan: { ...before, ...again, failing: known }, answers, flaky: [] }
  }
  const failing = { size: left.length, verdicts: failed.verdicts }
  return found({ plan: { ...before, failing }, answers, flaky: [] })
}

/** The trial could not be judged: as if it had failed, for whatever reason is in it. */
export function unjudged<Entry>(plan: MergePlan<Entry>, verdicts: readonly Verdict[]): Conclusion<Entry> {
  const failing = { size: plan.trial, verdicts }
  return found({ plan: { ...plan, trial: 0, failing, doubtful: null }, answers: [], flaky: [] })
}

/** A single one that fails is found. */
function found<Entry>(conclusion: Conclusion<Entry>): Conclusion<Entry> {
  const { plan, answers } = conclusion
  const [entry, ...waiting] = plan.waiting
  if (plan.failing?.size !== 1 || entry === undefined) return conclusion
  const answer = { kind: 'returned', entry, verdicts: plan.failing.verdicts } as const
  return { ...conclusion, plan: { ...plan, waiting, failing: null }, answers: [...answers, answer] }
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
