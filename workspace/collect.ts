// Collect
//
// Commits every difference in a task's worktree, without judging it.
// Leaves: finding the differences (worktree-changes.ts), committing named files (submit.ts).
//
// Only regular files are collected. A link, a submodule, a nested repository or an invalid name is refused, by name.
// The same content gives the same commit, also after a crash in between.

import type { Submission } from '../machines/index.ts'
import { type CheckoutConversion, conversionAt } from './checkout-conversion.ts'
import { type Content, writeCommit } from './commit.ts'
import { formatDifferences } from './format-differences.ts'
import type { WorkspaceParts } from './parts.ts'
import { startOf, submissionRef, taskWorktree } from './submit.ts'
import type { SurveyOf } from './survey-record.ts'
import { WorkspaceError } from './workspace-error.ts'
import { differencesIn, type WorktreeDifference } from './worktree-changes.ts'

export interface CollectOrder {
  readonly milestone: string
  readonly task: string
  /** Given: files are formatted by the repository's own formatters, as far as they were formatted before. */
  readonly survey?: SurveyOf
  readonly message: string
  readonly signal?: AbortSignal | undefined
}

const MAX_FILES = 500
const MAX_BYTES_TOGETHER = 16 * 1024 * 1024

export async function collect(parts: WorkspaceParts, order: CollectOrder): Promise<Submission> {
  const parent = await startOf(parts, order)
  const differences = await differencesIn(parts, taskWorktree(order), parent)
  if (differences.length === 0) throw nothingChanged(order)
  const reasons = [...differences.flatMap(objectionTo), ...objectionsToSize(differences)]
  if (reasons.length > 0) throw refusal(reasons)
  const ref = submissionRef(order)
  const changes = await formatDifferences(parts, differences, { ...order, parent })
  if (changes.length === 0) throw nothingChanged(order)
  // Deletions come first: a folder may now be where a file was.
  const gone = changes.filter(({ kind }) => kind === 'gone')
  const conversion = await conversionAt(parts, parent)
  const contents: Content[] = []
  for (const change of [...gone, ...changes.filter((one) => !gone.includes(one))])
    contents.push(await contentOf(change, conversion))
  const commit = await writeCommit(parts.clone, { ref, parent, contents, message: order.message })
  return { commit, files: contents.map(({ path }) => path), cases: 0 }
}

function nothingChanged({ task }: CollectOrder): WorkspaceError {
  return new WorkspaceError('nothing_changed', `the worktree of task ${task} is as it was at the start`)
}

function objectionTo(difference: WorktreeDifference): string[] {
  const { kind, path } = difference
  if (kind === 'link')
    return [`${path} is a link to ${difference.target.slice(0, 200)}; links are not submitted`]
  if (kind === 'odd') return [`${path}: ${difference.reason}`]
  if (/(^|\/)\.gitmodules$/i.test(path)) return [`${path}: submodules are not added, changed or removed`]
  return []
}

function objectionsToSize(differences: readonly WorktreeDifference[]): string[] {
  const bytes = differences.reduce((sum, one) => sum + (one.kind === 'file' ? one.bytes.length : 0), 0)
  return [
    ...(differences.length > MAX_FILES ? [`${differences.length} files differ, more than ${MAX_FILES}`] : []),
    ...(bytes > MAX_BYTES_TOGETHER
      ? [`they have ${bytes} bytes together, more than ${MAX_BYTES_TOGETHER}`]
      : []),
  ]
}

function refusal(reasons: readonly string[]): WorkspaceError {
  const more = reasons.length > 20 ? [`and ${reasons.length - 20} more`] : []
  const list = [...reasons.slice(0, 20), ...more].join('\n- ')
  return new WorkspaceError(
    'file_refused',
    `the worktree cannot be submitted as it is:\n- ${list}\nRemove or change these, or let .gitignore name them.`,
  )
}

async function contentOf(
  difference: WorktreeDifference,
  conversion: CheckoutConversion | undefined,
): Promise<Content> {
  const { path } = difference
  if (difference.kind !== 'file') return { path, mode: '000000', blob: '' }
  const { mode, bytes } = difference
  return { path, mode, blob: (await conversion?.storedAs(path, bytes, { keep: true })) ?? bytes }
}
