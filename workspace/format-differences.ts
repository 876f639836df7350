// Format differences
//
// Formats the files that a task changed, so that a new file looks like the others.
// Leaves: the formatters (format.ts).
//
// A file that was not formatted before stays as its author wrote it: a formatted one would show a change of every line.

import { modesAt } from './commit.ts'
import { type FormatText, formatterOf, textIn } from './format.ts'
import type { WorkspaceParts } from './parts.ts'
import { taskWorktree } from './submit.ts'
import type { SurveyOf } from './survey-record.ts'
import { worktreePath } from './worktree.ts'
import type { WorktreeDifference } from './worktree-changes.ts'

/** Files that are formatted at the same time. */
const AT_ONCE = 4
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
  if (survey === undefined) return differences
  const root = worktreePath(parts.places, taskWorktree(task))
  const format = await formatterOf(parts, root, { survey, signal })
  if (format === undefined) return differences
  const paths = differences.flatMap((one) => (one.kind === 'file' ? [one.path] : []))
  const modes = await modesAt(parts, parent, paths)
  const before = async (path: string): Promise<EarlierFile | undefined> => {
    const mode = modes.get(path)
    if (mode?.startsWith('100') !== true) return undefined
    return { mode, text: await parts.clone.git(['show', `${parent}:${path}`]) }
  }
  const formatted: (WorktreeDifference | undefined)[] = []
  for (let at = 0; at < differences.length; at += AT_ONCE) {
    const some = differences.slice(at, at + AT_ONCE).map((one) => formatOne(format, one, before))
    formatted.push(...(await Promise.all(some)))
  }
  return formatted.filter((one) => one !== undefined)
}

async function formatOne(
  format: FormatText,
  one: WorktreeDifference,
  before: (path: string) => Promise<EarlierFile | undefined>,
): Promise<WorktreeDifference | undefined> {
  if (one.kind !== 'file' || one.bytes.length > MAX_BYTES) return one
  const text = textIn(one.bytes)
  if (text === undefined) return one
  const earlier = await before(one.path)
  if (earlier !== undefined && (await format(one.path, earlier.text)) !== earlier.text) return one
  const formatted = await format(one.path, text)
  if (formatted === text) return one
  const isAsBefore = formatted === earlier?.text && one.mode === earlier.mode
  return isAsBefore ? undefined : { ...one, bytes: Buffer.from(formatted) }
}

interface EarlierFile {
  readonly mode: string
  readonly text: string
}
