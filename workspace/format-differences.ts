// Format differences
//
// Formats the files that a task changed, so that a new file looks like its neighbours.
// Leaves: the formatters (format.ts).
//
// A file that was not formatted before stays as its author wrote it: a formatted one would show a change of every line.

import { type FormatText, formatterOf } from './format.ts'
import type { WorkspaceParts } from './parts.ts'
import { taskWorktree } from './submit.ts'
import type { SurveyOf } from './survey-record.ts'
import { worktreePath } from './worktree.ts'
import type { WorktreeDifference } from './worktree-changes.ts'

/** More changed files than this are not formatted. */
const MAX_FILES = 50
const MAX_BYTES = 1024 * 1024

interface FormatRequest {
  readonly milestone: string
  readonly task: string
  /** The commit that the differences are to. */
  readonly parent: string
  readonly survey?: SurveyOf
  readonly signal?: AbortSignal | undefined
}

/** The differences with formatted texts; those that differ no more are left out. */
export async function formatDifferences(
  parts: WorkspaceParts,
  differences: readonly WorktreeDifference[],
  { parent, survey, signal, ...task }: FormatRequest,
): Promise<readonly WorktreeDifference[]> {
  if (survey === undefined || differences.length > MAX_FILES) return differences
  const root = worktreePath(parts.places, taskWorktree(task))
  const format = await formatterOf(parts, root, { survey, signal })
  if (format === undefined) return differences
  const earlier = await filesAt(parts, parent, differences)
  const formatted = []
  for (const one of differences) {
    const change = await formatOne(format, one, earlier.get(one.path))
    if (change !== undefined) formatted.push(change)
  }
  return formatted
}

async function formatOne(
  format: FormatText,
  one: WorktreeDifference,
  before: EarlierFile | undefined,
): Promise<WorktreeDifference | undefined> {
  if (one.kind !== 'file' || one.bytes.length > MAX_BYTES) return one
  const text = one.bytes.toString()
  if (!Buffer.from(text).equals(one.bytes)) return one
  if (before !== undefined && (await format(one.path, before.text)) !== before.text) return one
  const formatted = await format(one.path, text)
  if (formatted === text) return one
  const isAsBefore = formatted === before?.text && one.mode === before.mode
  return isAsBefore ? undefined : { ...one, bytes: Buffer.from(formatted) }
}

interface EarlierFile {
  readonly mode: string
  readonly text: string
}

/** The changed files as they were. */
async function filesAt(
  { clone }: WorkspaceParts,
  commit: string,
  differences: readonly WorktreeDifference[],
): Promise<Map<string, EarlierFile>> {
  const paths = differences.flatMap((one) => (one.kind === 'file' ? [one.path] : []))
  if (paths.length === 0) return new Map()
  const listed = await clone.git(['ls-tree', '-r', '-z', commit, '--', ...paths])
  const entries = listed.split('\0').filter(Boolean)
  const there = entries.map((entry) => ({
    mode: entry.slice(0, 6),
    path: entry.slice(entry.indexOf('\t') + 1),
  }))
  const texts = await Promise.all(there.map(({ path }) => clone.git(['show', `${commit}:${path}`])))
  return new Map(there.map(({ path, mode }, at) => [path, { mode, text: texts[at] ?? '' }]))
}
