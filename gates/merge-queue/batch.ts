// Batch
//
// Puts submissions onto the branch's tip, one commit each, and finds those that do not fit.
// Leaves: when a change fits (fit.ts), judging the resulting tree (judge-batch.ts).
//
// S1. A link, a submodule or a name that leads outside is refused, for every origin of the commit.

import {
  isOfPackages,
  objectionToPath,
  type Submission,
  type Task,
  type Verdict,
} from '../../machines/index.ts'
import { type Change, type Clone, fitOnto, writeCommit } from '../../workspace/index.ts'
import type { GateParts } from '../gate.ts'
import { verdict } from '../verdict.ts'

export interface TaskSubmission {
  readonly task: Task
  readonly submission: Submission
}

/** A submission as a commit of the batch. */
export interface BatchEntry extends TaskSubmission {
  /** Its index in the request. */
  readonly at: number
  /** Its changes to the commit before it. */
  readonly changes: readonly Change[]
  readonly commit: string
}

export interface ReturnedSubmission {
  readonly at: number
  readonly verdicts: Verdict[]
}

export interface Batch {
  /** The commit with all of them. */
  readonly top: string
  readonly stacked: readonly BatchEntry[]
  readonly returned: readonly ReturnedSubmission[]
}

export async function buildBatch(
  parts: GateParts,
  tip: string,
  stack: readonly TaskSubmission[],
): Promise<Batch> {
  const stacked: BatchEntry[] = []
  const returned: ReturnedSubmission[] = []
  let top = tip
  for (const [at, one] of stack.entries()) {
    const fit = await fitOnto(parts, top, one.submission.commit)
    if (fit.kind === 'conflict') {
      const findings = fit.paths.map((path) => `${path} was changed on the branch meanwhile`)
      returned.push({ at, verdicts: [verdict('merge', findings)] })
      continue
    }
    const { changes } = fit
    const objections = changes.flatMap(objectionsTo)
    if (objections.length > 0) {
      returned.push({ at, verdicts: [verdict('merge', objections.slice(0, 20))] })
      continue
    }
    top = await commitOnto(parts.clone, top, changes, 'candidate')
    stacked.push({ ...one, at, changes, commit: top })
  }
  return { top, stacked, returned }
}

/** The same refusals as in collecting (collect.ts), because a commit may come from another machine (S1). */
function objectionsTo({ path, mode, status }: Change): string[] {
  if (status === 'D') return []
  if (mode === '120000') return [`${path} is a link; links are not submitted`]
  if (mode === '160000') return [`${path} is a submodule; those are not submitted`]
  const objection = isOfPackages(path) ? 'is of installed packages' : objectionToPath(path)
  return objection === undefined ? [] : [`${JSON.stringify(path)} ${objection}`]
}

/** A commit of these changes; the same hash each time. */
export function commitOnto(
  clone: Clone,
  parent: string,
  contents: readonly Change[],
  message: string,
): Promise<string> {
  return writeCommit(clone, { ref: 'refs/canopy/candidate', parent, contents, message })
}
