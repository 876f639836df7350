// Gate
//
// Owns:   what a gate is, which there are, and running them on one subject.
//
// J1. A submission passes when every gate passed. No gate at all is an error, not a pass.
// J2. `could_not_run` is never a pass.

import type { Measurement, Survey, Task, Verdict } from '../../machines/index.ts'
import type { Change } from '../commit.ts'
import type { Parts } from '../parts.ts'
import type { SuiteOutcome } from '../suite.ts'
import { WorkspaceError } from '../workspace-error.ts'
import { coverage } from './coverage.ts'
import { flakiness } from './flakiness.ts'
import { scope } from './scope.ts'
import { tests } from './tests.ts'
import { types } from './type-check.ts'

/** A submission, put on the branch's tip, before it is merged. */
export interface Subject {
  readonly survey: Survey
  readonly task: Task
  /** What it would change at the tip. */
  readonly changes: readonly Change[]
  /** The commit that would be merged, checked out in `root`. */
  readonly commit: string
  readonly root: string
  /** The tip, as measured. */
  readonly before: Measurement
  /** For one run of tests. */
  readonly limitMs: number
  /** The whole suite, run once for all gates that ask. */
  suite(): Promise<SuiteOutcome>
  /** What the suite reached; undefined when it did not pass. */
  measurement(): Promise<Measurement | undefined>
  /** Tracked files that the suite changed while it ran. */
  disturbed(): Promise<string[]>
  readonly signal?: AbortSignal | undefined
}

export interface Gate {
  readonly name: string
  /** Cheap and alone: when it fails, the others are not asked. */
  readonly first?: boolean
  judge(parts: Parts, subject: Subject): Promise<Verdict>
}

export const GATES: readonly Gate[] = [scope, types, tests, coverage, flakiness]

export async function judgeAll(parts: Parts, gates: readonly Gate[], subject: Subject): Promise<Verdict[]> {
  if (gates.length === 0) throw new WorkspaceError('no_gates', 'no gate is configured; nothing can be merged')
  const verdicts: Verdict[] = []
  for (const gate of gates.filter((one) => one.first)) verdicts.push(await gate.judge(parts, subject))
  if (!allPassed(verdicts)) return verdicts
  const others = gates.filter((one) => !one.first).map((gate) => gate.judge(parts, subject))
  // All have ended before the first error is thrown: nothing runs on in the worktree.
  await Promise.allSettled(others)
  return [...verdicts, ...(await Promise.all(others))]
}

export function allPassed(verdicts: readonly Verdict[]): boolean {
  return verdicts.every((verdict) => verdict.kind === 'passed')
}
