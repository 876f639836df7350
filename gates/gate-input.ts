// Gate input
//
// Builds the input of the gates: the measured tip, and one run of the whole suite for all of them.

import { isCoverageTask, type Survey, type Task } from '../machines/index.ts'
import {
  type Change,
  changedInWorktree,
  changedPackages,
  INTEGRATION,
  installedFiles,
  type KeptMeasurement,
  keepMeasurement,
  measureCommit,
  packageLinks,
  runSuite,
  type SuiteOutcome,
  surveyAt,
  WorkspaceError,
  type WorkspaceParts,
} from '../workspace/index.ts'
import { readChanges } from './changed-files.ts'
import type { GateInput } from './gate.ts'

export interface GateInputOrder {
  readonly survey: Survey
  readonly task: Task
  readonly tip: string
  readonly candidate: string
  readonly changes: readonly Change[]
  readonly root: string
  /** The worktree of `root`; absent: the one for the tree of all submissions. */
  readonly worktree?: string
  readonly signal?: AbortSignal | undefined
}

/** For one run of all tests, in milliseconds. */
export const LONGEST_MS = 15 * 60_000

export async function openSubject(parts: WorkspaceParts, order: GateInputOrder): Promise<GateInput> {
  const { survey, signal } = order
  const tip = await measureCommit(parts, {
    measurable: survey,
    commit: order.tip,
    limitMs: LONGEST_MS,
    signal,
  })
  if (tip.kind !== 'measured')
    throw new WorkspaceError('tip_fails', `the branch's tip ${order.tip} does not pass its tests`, {
      retryable: true,
    })
  const limitMs = Math.min(LONGEST_MS, 30_000 + 5 * tip.kept.ms)
  const candidate = await withNewModules(parts, order)
  const run = { ...candidate.survey, ...candidate, timeoutMs: limitMs }
  const suite = once(() => runSuite(parts.sandbox, parts.places, run))
  const measured = once(() => measure(parts, candidate, suite))
  const files = once(() => readChanges(parts.clone, { commit: order.candidate, changes: order.changes }))
  const packagesNow = async (): Promise<ReadonlyMap<string, string>[]> =>
    isCoverageTask(order.task) ? [] : await packagesOf(parts, order)
  const packages = await packagesNow()
  const disturbed = once(async () => {
    await suite()
    const tracked = await changedInWorktree(parts, order.worktree ?? INTEGRATION)
    const after = await packagesNow()
    return [...tracked, ...packages.flatMap((each, at) => changedPackages(each, after[at] ?? new Map()))]
  })
  return {
    ...order,
    commit: order.candidate,
    before: tip.measurement,
    testsBefore: tip.kept.tests,
    limitMs,
    files,
    suite,
    measurement: async () => (await measured())?.measurement,
    coverage: async () => (await measured())?.coverage,
    disturbed,
  }
}

/** The links to packages and, where no sandbox keeps them from being written, the files of the packages. */
async function packagesOf(
  { sandbox }: WorkspaceParts,
  { root, survey }: GateInputOrder,
): Promise<ReadonlyMap<string, string>[]> {
  const links = await packageLinks(root)
  return sandbox.kind === 'unsandboxed' ? [links, await installedFiles(survey.dependencies)] : [links]
}

async function measure(
  parts: WorkspaceParts,
  order: GateInputOrder,
  suite: () => Promise<SuiteOutcome>,
): Promise<KeptMeasurement | undefined> {
  const outcome = await suite()
  if (outcome.kind === 'broken' || !outcome.report.success) return undefined
  const { tree } = await parts.clone.describe(order.candidate)
  return keepMeasurement(parts.places, order.survey, { ...outcome, ...order, tree })
}

/** New modules of an agent are measured with the others; deleted ones are not measured. */
async function withNewModules(parts: WorkspaceParts, order: GateInputOrder): Promise<GateInputOrder> {
  if (isCoverageTask(order.task)) return order
  return { ...order, survey: await surveyAt(parts.clone, order.survey, order.candidate) }
}

/** Created at first use. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
