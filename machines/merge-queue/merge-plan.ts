// Merge plan
//
// Plans a merge queue: the next batch, a second run for failures that may be chance, and the search for the submission
// that makes a batch fail.
// Leaves: judging (the invocation `integrate`), telling the results (integrator.ts).
//
// Only a judged tree is merged, and at once, so that the search goes on from it. The answers equal those of judging one
// after the other in the order of the plan: the returned submission is the first that fails on top of those before it.
// In a batch of n, the failing one is found in at most log2(n), rounded up, further trees. After failures the batches
// become smaller: where much is broken, single judging is faster. No submission is returned for one failure of a test
// that no submission in the tree brought: a whole batch, and the one that is found, is judged a second time. Steps
// between are not repeated: a misled search ends in a tree that passes.
// M4. Two submissions that touch the same file are never in one batch, and keep their order.

import type { Verdict } from '../work.ts'
import type { BatchJudgement } from './judgement.ts'

export interface MergePlan<Entry> {
  /** The current batch comes first. */
  readonly waiting: readonly Entry[]
  /** Number of submissions in the current batch; 0: none. */
  readonly trial: number
  /** The first so many failed together; null: nothing is known. */
  readonly failing: Failing | null
  /** Tests in which the batch failed the first time; null: it is judged for the first time. */
  readonly doubtful: readonly string[] | null
  /** How often the batch size is halved now. */
  readonly caution: number
}

interface Failing {
  readonly size: number
  readonly verdicts: readonly Verdict[]
  /** Failed tests that may fail by chance: the batch was judged once. Empty: the failure is certain. */
  readonly doubtful: readonly string[]
}

/** A batch of 8 becomes one of 1. */
const MAX_HALVINGS = 3

export type QueueAnswer<Entry> =
  | { readonly kind: 'merged'; readonly entry: Entry; readonly merge: BatchJudgement['merged'][number] }
  | { readonly kind: 'returned'; readonly entry: Entry; readonly verdicts: readonly Verdict[] }

export interface Conclusion<Entry> {
  readonly plan: MergePlan<Entry>
  /** Each entry that left the plan; merges in the order of their commits. */
  readonly answers: readonly QueueAnswer<Entry>[]
  /** Tests that failed and then passed on the same tree. */
  readonly flaky: readonly string[]
}

/** An empty plan. */
export function noPlan<Entry>(): MergePlan<Entry> {
  return { waiting: [], trial: 0, failing: null, doubtful: null, caution: 0 }
}

/** Adds an entry at the end. */
export function withEntry<Entry>(plan: MergePlan<Entry>, entry: Entry): MergePlan<Entry> {
  return { ...plan, waiting: [...plan.waiting, entry] }
}

/** Chooses the next batch: at most `most` entries. `touched`: names of everything that an entry changes. */
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

/** The current batch. */
export function trialOf<Entry>({ waiting, trial }: MergePlan<Entry>): readonly Entry[] {
  return waiting.slice(0, trial)
}

/** The plan and the answers after a judgement of the current batch. */
export function concluded<Entry>(plan: MergePlan<Entry>, judgement: BatchJudgement): Conclusion<Entry> {
  const trial = trialOf(plan)
  const answers = answersOf(trial, judgement)
  const answered = new Set(answers.map(({ entry }) => entry))
  const left = trial.filter((entry) => !answered.has(entry))
  const waiting = [...left, ...plan.waiting.slice(plan.trial)]
  const before = { waiting, trial: 0, failing: null, doubtful: null, caution: plan.caution }
  const { failed, returned, merged } = judgement
  // Without a returned submission it is another tree: the record of the old one does not hold.
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

/** The batch could not be judged: treated as failed. */
export function unjudged<Entry>(plan: MergePlan<Entry>, verdicts: readonly Verdict[]): Conclusion<Entry> {
  const failing = { size: plan.trial, verdicts, doubtful: [] }
  return found({ plan: { ...plan, trial: 0, failing, doubtful: null }, answers: [], flaky: [] })
}

/** A batch of one that fails for certain is returned. */
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
  const caution = Math.min(plan.caution + 1, MAX_HALVINGS)
  return {
    ...conclusion,
    plan: { ...plan, waiting, failing: null, caution },
    answers: [...answers, answer],
  }
}

function answersOf<Entry>(
  trial: readonly Entry[],
  { merged, returned }: BatchJudgement,
): QueueAnswer<Entry>[] {
  const entryAt = (at: number): Entry => {
    const entry = trial[at]
    if (entry === undefined)
      throw new Error(`the batch has ${trial.length} submissions; number ${at + 1} was judged`)
    return entry
  }
  return [
    ...merged.map((merge) => ({ kind: 'merged' as const, entry: entryAt(merge.at), merge })),
    ...returned.map(({ at, verdicts }) => ({ kind: 'returned' as const, entry: entryAt(at), verdicts })),
  ]
}

/** M4: the first entries that touch no common file, and all others in their order. */
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
