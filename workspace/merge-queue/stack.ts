// Stack
//
// Owns:   putting submissions onto the branch's tip, one commit each, and telling who does not fit.
// Leaves: judging the tree that comes of it (judge-stack.ts).
//
// S1. What others have changed meanwhile is merged with by git's own three-way merge; a conflict takes the submission out
//     of the stack, and the ones after it are put onto what is there without it.
// S2. An older git has no merge without a checkout (before 2.38): then a file that both changed is a conflict.
// S3. A link, a submodule or a name that leads elsewhere is not put onto the branch, whoever made the commit.

import {
  isOfPackages,
  objectionToPath,
  type Submission,
  type Task,
  type Verdict,
} from '../../machines/index.ts'
import type { Clone } from '../clone.ts'
import { type Change, changesBetween, changesOf, lookUp, writeCommit } from '../commit.ts'
import { verdict } from '../gates/verdict.ts'
import type { Parts } from '../parts.ts'

export interface Submitted {
  readonly task: Task
  readonly submission: Submission
}

/** A submission in its place. */
export interface Stacked extends Submitted {
  /** Its place in what was ordered. */
  readonly at: number
  /** What it changes on top of those before it. */
  readonly changes: readonly Change[]
  readonly commit: string
}

export interface Returned {
  readonly at: number
  readonly verdicts: Verdict[]
}

export interface Stack {
  /** Of all of them together. */
  readonly top: string
  readonly stacked: readonly Stacked[]
  readonly returned: readonly Returned[]
}

export async function stackUp(parts: Parts, tip: string, stack: readonly Submitted[]): Promise<Stack> {
  const stacked: Stacked[] = []
  const returned: Returned[] = []
  let top = tip
  for (const [at, one] of stack.entries()) {
    const fit = await fitOnto(parts, top, one.submission.commit)
    if (fit.kind === 'conflict') {
      const findings = fit.paths.map((path) => `${path} is another file on the branch by now`)
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

/** What collecting refuses (collect.ts), since a commit may come from another machine (S3). */
function objectionsTo({ path, mode, status }: Change): string[] {
  if (status === 'D') return []
  if (mode === '120000') return [`${path} is a link; links are not submitted`]
  if (mode === '160000') return [`${path} is a submodule; those are not submitted`]
  const objection = isOfPackages(path) ? 'is of installed packages' : objectionToPath(path)
  return objection === undefined ? [] : [`${JSON.stringify(path)} ${objection}`]
}

/** A commit of these changes; the same each time. */
export function commitOnto(
  clone: Clone,
  parent: string,
  contents: readonly Change[],
  message: string,
): Promise<string> {
  return writeCommit(clone, { ref: 'refs/canopy/candidate', parent, contents, message })
}

type Fit =
  | { readonly kind: 'fits'; readonly changes: readonly Change[] }
  | { readonly kind: 'conflict'; readonly paths: readonly string[] }

const CONFLICT = 1
/** Git says how it is used: it does not know the option. */
const UNKNOWN = 129

/** What a submission changes on top of others, or the paths at which it does not fit (S1, S2). */
export async function fitOnto(parts: Parts, top: string, commit: string): Promise<Fit> {
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', top, commit]
  const { code, stdout } = await parts.git({
    gitDir: parts.clone.path,
    args,
    accept: [CONFLICT, UNKNOWN],
  })
  const [tree = '', ...paths] = stdout.split('\0').filter(Boolean)
  if (code === CONFLICT) return { kind: 'conflict', paths }
  if (code === UNKNOWN) return fitByFiles(parts.clone, top, commit)
  return { kind: 'fits', changes: await changesBetween(parts.clone, top, tree) }
}

/** S2. */
async function fitByFiles(clone: Clone, top: string, commit: string): Promise<Fit> {
  const changes = await changesOf(clone, commit)
  const at = (base: string) =>
    lookUp(
      clone,
      changes.map(({ path }) => `${base}:${path}`),
    )
  const [there, was] = await Promise.all([at(top), at(`${commit}^`)])
  const moved = changes.filter(
    ({ blob }, index) => there[index]?.blob !== was[index]?.blob && there[index]?.blob !== blob,
  )
  if (moved.length === 0) return { kind: 'fits', changes }
  return { kind: 'conflict', paths: moved.map(({ path }) => path) }
}
