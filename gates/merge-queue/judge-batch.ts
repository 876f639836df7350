// Judge batch
//
// One step of the merge queue: puts submissions on the branch's tip, judges that exact tree, merges it.
// Leaves: choosing submissions (the integrator's machine), the gates (gates/), which submissions fit (batch.ts).
//
// Called again after a crash, it merges once: the trailer of a commit names the merged task. The branch moves in our
// clone first; the user's repository follows and may lag behind. Gates of the tree run on the tree of all submissions.
// For an agent they also run on the tree up to its submission (prefix-check.ts); tests for coverage are new files and
// run by themselves on the tree up to them. All other gates run for each submission by itself. So each submission
// passes on its own: it is never merged because of another submission in the batch.
// I1. Only the judged tree is merged, and the branch only moves forward from the tip it was judged on.

import {
  type BatchJudgement,
  coverageChange,
  isCoverageTask,
  type Measurement,
  type Survey,
  type Verdict,
} from '../../machines/index.ts'
import {
  commitMessage,
  type FileCoverages,
  INTEGRATION,
  INTEGRATION_OWN,
  keptMeasurement,
  milestoneBranch,
  milestoneRef,
  placeBuildInfo,
  publishMilestone,
  union,
  WorkspaceError,
  withWorktree,
} from '../../workspace/index.ts'
import { allPassed, type Gate, type GateInput, type GateParts, judgeAll } from '../gate.ts'
import { openSubject } from '../gate-input.ts'
import { verdict } from '../verdict.ts'
import { type Batch, type BatchEntry, buildBatch, commitOnto, type ReturnedSubmission } from './batch.ts'
import type { BatchOrder } from './batch-order.ts'
import { type IsolatedRun, isolatedRun, subjectOf, withCoverage } from './isolated-run.ts'
import { asManyAsCan, checkPrefixes, type PassedPrefix } from './prefix-check.ts'
import { keepJudgement, recalled } from './records.ts'

export async function judgeBatch(
  parts: GateParts,
  gates: readonly Gate[],
  order: BatchOrder,
): Promise<BatchJudgement> {
  const { milestone } = order
  const branch = await milestoneBranch(parts, milestone)
  const known = await recalled(parts, order, branch)
  const judgement = known ?? (await judgeNow(parts, gates, order, branch.tip))
  if (judgement.merged.length > 0) await publishMilestone(parts, milestone)
  else await keepJudgement(parts, order, judgement)
  return judgement
}

async function judgeNow(
  parts: GateParts,
  gates: readonly Gate[],
  order: BatchOrder,
  tip: string,
): Promise<BatchJudgement> {
  const { survey, signal } = order
  const known = await keptMeasurement(parts.places, survey, (await parts.clone.describe(tip)).tree)
  const stack = await buildBatch(parts, tip, asManyAsCan(order.stack, known?.ms ?? 0))
  const [first] = stack.stacked
  if (first === undefined) return answer(stack.returned)
  const worktree = { ...survey, name: INTEGRATION, commit: stack.top, signal }
  return withWorktree(parts, worktree, async ({ path: root }) => {
    await placeBuildInfo(parts, { ...survey, root })
    const changes = stack.stacked.flatMap((one) => one.changes)
    // Gates of the tree are at least as strict for agents as for tests.
    const { task } = stack.stacked.find((one) => !isCoverageTask(one.task)) ?? first
    const of = { survey, task, tip, candidate: stack.top, changes, root, signal }
    const whole = await openSubject(parts, of)
    const [only, second] = stack.stacked
    if (only !== undefined && second === undefined) {
      const verdicts = await judgeAll(parts, gates, whole)
      if (!allPassed(verdicts)) return refusal(stack, whole, verdicts)
      const alone = { own: new Map(), placed: new Map() }
      return merge(parts, order, { tip, stack, whole, verdicts: () => verdicts, ...alone })
    }
    return judgeTogether(parts, gates, order, { tip, stack, whole })
  })
}

interface BatchCandidate {
  readonly tip: string
  readonly stack: Batch
  readonly whole: GateInput
}

async function judgeTogether(
  parts: GateParts,
  gates: readonly Gate[],
  order: BatchOrder,
  candidate: BatchCandidate,
): Promise<BatchJudgement> {
  const { stack, whole } = candidate
  const { stacked } = stack
  const ofTree = gates.filter(({ judges }) => judges === 'tree')
  const ofEach = gates.filter(({ judges }) => judges === 'submission')
  const verdicts = new Map<BatchEntry, Verdict[]>()
  const own = new Map<BatchEntry, IsolatedRun>()
  const judgeEach = async (ones: readonly BatchEntry[], subjectOf: (one: BatchEntry) => GateInput) => {
    // One after the other: they share a worktree.
    for (const one of ones) verdicts.set(one, await judgeSome(parts, gates, ofEach, subjectOf(one)))
    return ones
      .filter((one) => isRefused(verdicts.get(one) ?? []))
      .map((one) => ({ at: one.at, verdicts: verdicts.get(one) ?? [] }))
  }
  const reached = await reachedAt(parts, order.survey, candidate)
  const tests = stacked.filter(({ task }) => isCoverageTask(task))
  const others = stacked.filter(({ task }) => !isCoverageTask(task))
  // In another worktree: files that they leave there are not part of the judged tree.
  const aside = { ...order.survey, name: INTEGRATION_OWN, commit: stack.top, signal: order.signal }
  const refused = await withWorktree(parts, aside, async ({ path: root }) => {
    const out: ReturnedSubmission[] = []
    let { before } = whole
    let files = reached
    for (const one of tests) {
      const work = isolatedRun(parts, { ...whole, root, before }, one, files)
      own.set(one, work)
      const [refusedNow] = await judgeEach([one], () => work.subject)
      if (refusedNow) out.push(refusedNow)
      const more = refusedNow ? undefined : await work.reached()
      if (!more) continue
      // The next submission has to reach more than this one, as if it had been judged after it.
      files = union(files, more)
      before = withCoverage(before, order.survey, files)
    }
    return out
  })
  if (refused.length > 0) return answer([...stack.returned, ...refused])
  const places = await checkPrefixes(parts, ofTree, { ...order, tip: candidate.tip }, stack)
  if (places.kind === 'refused')
    return answer([...stack.returned, { at: places.one.at, verdicts: places.verdicts }])
  if (places.kind === 'failed') return refusal(stack, whole, places.verdicts)
  // The prefix of the last submission is the tree of all.
  const { task, changes } = stacked.at(-1) ?? whole
  const together = await judgeSome(parts, gates, ofTree, { ...whole, task, changes })
  if (others.length === 0) together.push(...(await losses(whole)))
  if (isRefused(together)) return refusal(stack, whole, together)
  const refusedToo = await judgeEach(others, (one) => subjectOf(parts, whole, one))
  if (refusedToo.length > 0) return answer([...stack.returned, ...refusedToo])
  const { placed } = places
  const all = (one: BatchEntry) => [...(placed.get(one)?.verdicts ?? together), ...(verdicts.get(one) ?? [])]
  return merge(parts, order, { ...candidate, verdicts: all, own, placed })
}

function isRefused(verdicts: readonly Verdict[]): boolean {
  return verdicts.some(({ kind }) => kind === 'failed' || kind === 'could_not_run')
}

/** Tests alone lose no coverage. */
async function losses({ before, measurement }: GateInput): Promise<Verdict[]> {
  const after = await measurement()
  if (after === undefined || after.branches.covered >= before.branches.covered) return []
  const finding = `${after.branches.covered} branches are reached in all, ${before.branches.covered} were before`
  return [verdict('coverage', [finding])]
}

/** No gate at all is an error; no gate of one sort is not. */
async function judgeSome(
  parts: GateParts,
  gates: readonly Gate[],
  some: readonly Gate[],
  subject: GateInput,
): Promise<Verdict[]> {
  const isFor = (gate: Gate) => gate.isFor?.(subject.task) ?? true
  return gates.some(isFor) && !some.some(isFor) ? [] : judgeAll(parts, some, subject)
}

/** Coverage of the tip's tests, measured when the input was opened. */
async function reachedAt(
  parts: GateParts,
  survey: Survey,
  { whole }: BatchCandidate,
): Promise<FileCoverages> {
  const kept = await keptMeasurement(parts.places, survey, whole.before.tree)
  if (kept === undefined) throw new WorkspaceError('not_measured', 'the measurement of the tip is gone')
  return kept.coverage
}

interface PassedBatch extends BatchCandidate {
  readonly verdicts: (one: BatchEntry) => Verdict[]
  readonly own: ReadonlyMap<BatchEntry, IsolatedRun>
  readonly placed: ReadonlyMap<BatchEntry, PassedPrefix>
}

async function merge(parts: GateParts, order: BatchOrder, passed: PassedBatch): Promise<BatchJudgement> {
  const { tip, stack, whole, verdicts } = passed
  const measurement = await whole.measurement()
  if (measurement === undefined || !stack.stacked.every((one) => allPassed(verdicts(one))))
    throw new WorkspaceError('no_gates', 'no gate ran the tests; nothing can be merged')
  const steps = await measurementsOf(parts, order.survey, passed, measurement)
  const merged: BatchJudgement['merged'] = []
  let commit = tip
  let before = whole.before
  for (const [index, one] of stack.stacked.entries()) {
    const after = steps[index] ?? measurement
    commit = await commitOnto(parts.clone, commit, one.changes, commitMessage(one.task, before, after))
    merged.push({ at: one.at, commit, change: coverageChange(before, after), verdicts: verdicts(one) })
    before = after
  }
  await sameTree(parts, commit, stack.top)
  const judgement: BatchJudgement = { returned: [...stack.returned], merged, measurement, failed: null }
  order.signal?.throwIfAborted()
  await keepJudgement(parts, order, judgement)
  if (await parts.clone.move(milestoneRef(order.milestone), commit, tip)) return judgement
  throw new WorkspaceError('branch_moved', `${order.milestone} moved while its tip was judged`, {
    retryable: true,
  })
}

/** Coverage after each submission: measured for agents and the last one, computed from the isolated runs for others. */
async function measurementsOf(
  parts: GateParts,
  survey: Survey,
  { stack: { stacked }, whole, own, placed }: PassedBatch,
  last: Measurement,
): Promise<Measurement[]> {
  if (stacked.length === 1) return [last]
  const steps: Measurement[] = []
  let before = whole.before
  let files = (await keptMeasurement(parts.places, survey, before.tree))?.coverage ?? {}
  for (const one of stacked.slice(0, -1)) {
    const [reach, reached] = [placed.get(one)?.reach, await own.get(one)?.reached()]
    if (reach) {
      files = reach.coverage
      before = reach.measurement
    } else if (reached) {
      files = union(files, reached)
      before = withCoverage(before, survey, files)
    }
    steps.push(before)
  }
  return [...steps, last]
}

/** I1. */
async function sameTree(parts: GateParts, commit: string, judged: string): Promise<void> {
  const [one, other] = await Promise.all([parts.clone.describe(commit), parts.clone.describe(judged)])
  if (one.tree !== other.tree) throw new Error(`${commit} is not the tree that was judged`)
}

function answer(returned: readonly ReturnedSubmission[]): BatchJudgement {
  return { returned: [...returned], merged: [], measurement: null, failed: null }
}

async function refusal(stack: Batch, whole: GateInput, verdicts: Verdict[]): Promise<BatchJudgement> {
  const doubtful = await doubtfulTests(whole, verdicts)
  return { ...answer(stack.returned), failed: { verdicts, doubtful } }
}

/** Failed tests that no submission in the batch brought, if there is no other finding. */
async function doubtfulTests({ suite, changes }: GateInput, verdicts: readonly Verdict[]): Promise<string[]> {
  if (!verdicts.every(({ gate, kind }) => gate === 'tests' || kind !== 'failed')) return []
  if (verdicts.every(({ gate, kind }) => gate !== 'tests' || kind === 'passed')) return []
  const outcome = await suite()
  if (outcome.kind === 'broken' || outcome.report.success) return []
  const brought = new Set(changes.map(({ path }) => path))
  const { failures } = outcome.report
  if (failures.some(({ file }) => brought.has(file))) return []
  if (failures.length === 0) return ['the test run, outside of any test']
  return failures.map(({ file, name }) => `${file}: ${name}`)
}
