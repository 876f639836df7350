// Subject
//
// Owns:   what the gates look at: the tip as measured, and one run of the whole suite for all of them.
//
// O1. The suite runs once. It runs a second time only when a test failed that is not of this submission: a
//     failure that goes away on the same tree is the test's, not the submission's.

import type { Measurement, Survey, Task } from '../machines/index.ts'
import type { Change } from './commit.ts'
import type { Subject } from './gates/gate.ts'
import { keepMeasurement } from './measure.ts'
import { measureCommit } from './measure-commit.ts'
import type { Parts } from './parts.ts'
import { runSuite, type SuiteOutcome } from './suite.ts'
import { WorkspaceError } from './workspace-error.ts'
import { changedInWorktree, INTEGRATION } from './worktree.ts'

export interface SubjectOrder {
  readonly survey: Survey
  readonly task: Task
  readonly tip: string
  readonly candidate: string
  readonly changes: readonly Change[]
  readonly root: string
  readonly signal?: AbortSignal | undefined
}

/** For one run of all tests. */
export const LONGEST_MS = 15 * 60_000

export async function openSubject(parts: Parts, order: SubjectOrder): Promise<Subject> {
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
  const suite = once(() => runTwiceAtMost(parts, order, limitMs))
  const measurement = once(() => measure(parts, order, suite))
  const disturbed = once(async () => {
    await suite()
    return changedInWorktree(parts, INTEGRATION)
  })
  return {
    ...order,
    commit: order.candidate,
    before: tip.measurement,
    limitMs,
    suite,
    measurement,
    disturbed,
  }
}

async function runTwiceAtMost(parts: Parts, order: SubjectOrder, limitMs: number): Promise<SuiteOutcome> {
  const run = () => runSuite(parts.sandbox, parts.places, { ...order.survey, ...order, timeoutMs: limitMs })
  const first = await run()
  if (first.kind === 'broken' || first.report.success) return first
  const added = new Set(order.changes.map((change) => change.path))
  return first.report.failures.some((test) => added.has(test.file)) ? first : run()
}

async function measure(
  parts: Parts,
  order: SubjectOrder,
  suite: () => Promise<SuiteOutcome>,
): Promise<Measurement | undefined> {
  const outcome = await suite()
  if (outcome.kind === 'broken' || !outcome.report.success) return undefined
  const { tree } = await parts.clone.describe(order.candidate)
  const { measurement } = await keepMeasurement(parts.places, order.survey, { ...outcome, ...order, tree })
  return measurement
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
