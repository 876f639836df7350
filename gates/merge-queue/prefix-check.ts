// Prefix check
//
// Judges an agent's submission on the tree up to it, without the submissions behind it in the batch. The gates of the
// tree (types, tests, lint) run there as on the tree of all.
//
// So no submission is merged because of a later one: each commit of an agent on the branch is a tree that passed.
// P2. A submission is not returned for one failure in tests of others, nor for a failure that occurs without it.
// P3. Each check costs a run of all tests: the batch is cut to the number that fits into the time of the call.

import { isCoverageTask, type Measurement, type Survey, type Verdict } from '../../machines/index.ts'
import {
  type FileCoverages,
  INTEGRATION_OWN,
  measureCommit,
  placeBuildInfo,
  withWorktree,
} from '../../workspace/index.ts'
import { allPassed, type Gate, type GateInput, type GateParts, judgeAll } from '../gate.ts'
import { LONGEST_MS, openSubject } from '../gate-input.ts'
import type { Batch, BatchEntry, TaskSubmission } from './batch.ts'

export interface PrefixOrder {
  readonly survey: Survey
  readonly tip: string
  readonly signal?: AbortSignal | undefined
}

/** The result of a check that passed. */
export interface PassedPrefix {
  readonly verdicts: readonly Verdict[]
  /** Coverage there; undefined when no gate ran the tests. */
  readonly reach: { readonly measurement: Measurement; readonly coverage: FileCoverages } | undefined
}

export type PrefixResults =
  | { readonly kind: 'passed'; readonly placed: ReadonlyMap<BatchEntry, PassedPrefix> }
  | { readonly kind: 'refused'; readonly one: BatchEntry; readonly verdicts: Verdict[] }
  /** It fails there, and it fails without that submission as well. */
  | { readonly kind: 'failed'; readonly verdicts: Verdict[] }

/** `gates`: those of the tree. The last submission's prefix is the tree of all, which is judged by itself. */
export async function checkPrefixes(
  parts: GateParts,
  gates: readonly Gate[],
  order: PrefixOrder,
  { stacked, top }: Batch,
): Promise<PrefixResults> {
  const placed = new Map<BatchEntry, PassedPrefix>()
  let known = order.tip
  for (const [index, one] of stacked.entries()) {
    const isAsked = gates.some((gate) => gate.isFor?.(one.task) ?? true)
    if (isCoverageTask(one.task) || one.commit === top || !isAsked) continue
    const first = await checkPrefix(parts, gates, order, one)
    const last = isDoubtful(first) ? await checkPrefix(parts, gates, order, one) : first
    if (last.kind === 'refused') {
      const before = stacked[index - 1]?.commit ?? order.tip
      const isTheirs = before === known || (await passesAt(parts, order, before))
      return isTheirs ? { ...last, one } : { kind: 'failed', verdicts: last.verdicts }
    }
    placed.set(one, last)
    known = one.commit
  }
  return { kind: 'passed', placed }
}

type PrefixResult =
  | (PassedPrefix & { readonly kind: 'passed' })
  | { readonly kind: 'refused'; readonly verdicts: Verdict[] }

function isDoubtful(place: PrefixResult): boolean {
  if (place.kind === 'passed') return false
  return place.verdicts.every(({ gate, kind }) => gate === 'tests' || kind !== 'failed')
}

function checkPrefix(
  parts: GateParts,
  gates: readonly Gate[],
  { survey, tip, signal }: PrefixOrder,
  { task, changes, commit }: BatchEntry,
): Promise<PrefixResult> {
  const order = { ...survey, name: INTEGRATION_OWN, commit, signal }
  return withWorktree(parts, order, async ({ path: root }) => {
    await placeBuildInfo(parts, { ...survey, root })
    const of = { survey, task, tip, candidate: commit, changes, root, signal }
    const subject = await openSubject(parts, { ...of, worktree: INTEGRATION_OWN })
    const verdicts = await judgeAll(parts, gates, subject)
    if (!allPassed(verdicts)) return { kind: 'refused', verdicts }
    return { kind: 'passed', verdicts, reach: await reachOf(subject) }
  })
}

async function reachOf(subject: GateInput): Promise<PassedPrefix['reach']> {
  const [measurement, coverage] = [await subject.measurement(), await subject.coverage()]
  return measurement && coverage && { measurement, coverage }
}

/** P2. */
async function passesAt(parts: GateParts, { survey, signal }: PrefixOrder, commit: string): Promise<boolean> {
  const order = { measurable: survey, commit, limitMs: LONGEST_MS, signal }
  return (await measureCommit(parts, order)).kind === 'measured'
}

const AT_MOST_MS = 10 * 60_000

/** The first submissions of a batch that there is time for (P3); `runMs` is the duration of a run of all tests. */
export function asManyAsCan(stack: readonly TaskSubmission[], runMs: number): readonly TaskSubmission[] {
  const most = Math.max(1, Math.floor(AT_MOST_MS / Math.max(1, runMs)))
  const agents = stack.flatMap(({ task }, at) => (isCoverageTask(task) ? [] : [at]))
  return stack.slice(0, agents[most] ?? stack.length)
}
