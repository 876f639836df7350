// Gate
//
// Owns:   what a gate is, and running those that a subject is for.
// Leaves: which gates there are under which policy (policy.ts), what they look at (subject.ts).
//
// J1. A submission passes when every gate passed that was not left out. No gate at all is an error, not a pass.
// J2. `could_not_run` is never a pass.
// J3. A submission that no parser can read to its end gets that verdict; judging itself goes on.

import type { FileChange, Measurement, Survey, Task, Verdict } from '../machines/index.ts'
import {
  type Change,
  type FileCoverages,
  type Parts,
  type SuiteOutcome,
  type TestResult,
  WorkspaceError,
} from '../workspace/index.ts'
import type { Approvals } from './approvals.ts'
import { couldNotRun } from './verdict.ts'

/** What gates work with. */
export interface GateParts extends Parts {
  readonly approvals: Approvals
}

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
  /** Each test of that run; empty where the runner names none. */
  readonly testsBefore: readonly TestResult[]
  /** For one run of tests. */
  readonly limitMs: number
  /** What the changed files say, at the tip and in the submission. */
  files(): Promise<readonly FileChange[]>
  /** The whole suite, run once for all gates that ask. */
  suite(): Promise<SuiteOutcome>
  /** What the suite reached; undefined when it did not pass. */
  measurement(): Promise<Measurement | undefined>
  /** The same by file, with each statement and branch. */
  coverage(): Promise<FileCoverages | undefined>
  /** Tracked files that the suite changed while it ran. */
  disturbed(): Promise<string[]>
  readonly signal?: AbortSignal | undefined
}

export interface Gate {
  readonly name: string
  /** Of several submissions that are judged together: the tree with all of them once, or each submission by itself. */
  readonly judges: 'tree' | 'submission'
  /** Cheap and alone: when it fails, the others are not asked. */
  readonly first?: boolean
  /** The tasks it is for; all if absent. */
  readonly isFor?: (task: Task) => boolean
  judge(parts: GateParts, subject: Subject): Promise<Verdict>
}

export async function judgeAll(
  parts: GateParts,
  gates: readonly Gate[],
  subject: Subject,
): Promise<Verdict[]> {
  const asked = gates.filter((gate) => gate.isFor?.(subject.task) ?? true)
  if (asked.length === 0) throw new WorkspaceError('no_gates', 'no gate is configured; nothing can be merged')
  const verdicts: Verdict[] = []
  for (const gate of asked.filter((one) => one.first)) verdicts.push(await judged(gate, parts, subject))
  if (verdicts.some(({ kind }) => kind === 'failed' || kind === 'could_not_run')) return verdicts
  const others = asked.filter((one) => !one.first).map((gate) => judged(gate, parts, subject))
  // All have ended before the first error is thrown: nothing runs on in the worktree.
  await Promise.allSettled(others)
  return [...verdicts, ...(await Promise.all(others))]
}

/** J3. The stack of a parser ends where a text is nested deeply enough. */
async function judged(gate: Gate, parts: GateParts, subject: Subject): Promise<Verdict> {
  try {
    return await gate.judge(parts, subject)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return couldNotRun(
      gate.name,
      `something in it is nested too deeply, or too long, to be read: ${error.message}`,
    )
  }
}

/** Whether nothing was found, by at least one gate that looked. */
export function allPassed(verdicts: readonly Verdict[]): boolean {
  const asked = verdicts.filter(({ kind }) => kind !== 'left_out')
  return asked.length > 0 && asked.every(({ kind }) => kind === 'passed')
}
