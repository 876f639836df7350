// Gate
//
// The interface of a gate, and running the gates that apply to a submission.
// Leaves: the gates of each policy (policy.ts), their input (gate-input.ts).
//
// A submission passes when every gate that was not left out passed. No gate at all is an error and no pass.
// `could_not_run` is no pass.
// J3. A submission that is too deeply nested for a parser gets that verdict; the judging of others goes on.

import type { FileChange, Measurement, Survey, Task, Verdict } from '../machines/index.ts'
import {
  type Change,
  type FileCoverages,
  type SuiteOutcome,
  type TestResult,
  WorkspaceError,
  type WorkspaceParts,
} from '../workspace/index.ts'
import type { Approvals } from './approvals.ts'
import { couldNotRun } from './verdict.ts'

/** The parts of a workspace that gates use. */
export interface GateParts extends WorkspaceParts {
  readonly approvals: Approvals
}

/** A submission on top of the branch's tip, before it is merged. */
export interface GateInput {
  readonly survey: Survey
  readonly task: Task
  /** Its changes to the tip. */
  readonly changes: readonly Change[]
  /** The commit that would be merged, checked out in `root`. */
  readonly commit: string
  readonly root: string
  /** The measured tip. */
  readonly before: Measurement
  /** Each test of that run; empty when the runner names none. */
  readonly testsBefore: readonly TestResult[]
  /** For one run of tests, in milliseconds. */
  readonly limitMs: number
  /** The contents of the changed files, at the tip and in the submission. */
  files(): Promise<readonly FileChange[]>
  /** The whole suite, run once for all gates that need it. */
  suite(): Promise<SuiteOutcome>
  /** Coverage of the suite; undefined when it did not pass. */
  measurement(): Promise<Measurement | undefined>
  /** The same by file, with each statement and branch. */
  coverage(): Promise<FileCoverages | undefined>
  /** Tracked files that the suite changed while it ran. */
  disturbed(): Promise<string[]>
  readonly signal?: AbortSignal | undefined
}

export interface Gate {
  readonly name: string
  /** For submissions that are judged together: once for the tree with all of them, or for each submission by itself. */
  readonly judges: 'tree' | 'submission'
  /** Runs first and is cheap: when it fails, the others do not run. */
  readonly first?: boolean
  /** The tasks it applies to; absent: all. */
  readonly isFor?: (task: Task) => boolean
  judge(parts: GateParts, subject: GateInput): Promise<Verdict>
}

export async function judgeAll(
  parts: GateParts,
  gates: readonly Gate[],
  subject: GateInput,
): Promise<Verdict[]> {
  const asked = gates.filter((gate) => gate.isFor?.(subject.task) ?? true)
  if (asked.length === 0) throw new WorkspaceError('no_gates', 'no gate is configured; nothing can be merged')
  const verdicts: Verdict[] = []
  for (const gate of asked.filter((one) => one.first)) verdicts.push(await judged(gate, parts, subject))
  if (verdicts.some(({ kind }) => kind === 'failed' || kind === 'could_not_run')) return verdicts
  const others = asked.filter((one) => !one.first).map((gate) => judged(gate, parts, subject))
  // All have ended before the first error is thrown: no process stays in the worktree.
  await Promise.allSettled(others)
  return [...verdicts, ...(await Promise.all(others))]
}

/** J3. A parser's stack overflows when a text is nested deeply enough. */
async function judged(gate: Gate, parts: GateParts, subject: GateInput): Promise<Verdict> {
  try {
    return await gate.judge(parts, subject)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return couldNotRun(
      gate.name,
      `a text in it is too long or nested too deeply for a parser: ${error.message}`,
    )
  }
}

/** Whether there is no finding and at least one gate ran. */
export function allPassed(verdicts: readonly Verdict[]): boolean {
  const asked = verdicts.filter(({ kind }) => kind !== 'left_out')
  return asked.length > 0 && asked.every(({ kind }) => kind === 'passed')
}
