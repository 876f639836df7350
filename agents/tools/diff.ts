// Diff
//
// The tool that shows the changes of a milestone: from its base to the commit of the worktree.
// Leaves: uncommitted changes, which no gate has judged.
//
// It compares commits of our own clone: the content and configuration of a worktree have no influence. Omitted parts
// are named with their number of lines.

import { z } from 'zod'
import { milestoneBranch, startOf, WorkspaceError } from '../../workspace/index.ts'
import { linesOf } from './read.ts'
import { defineTool, failure, success, type ToolContext } from './tool.ts'

const LINES = 600
const MAX_FILES = 300
const LONGEST_LINE = 500
const PLAIN = ['--no-color', '--no-ext-diff', '--no-textconv', '--no-renames']

export const diff = defineTool({
  name: 'diff',
  effect: 'reads',
  description: `Shows what this milestone has changed up to the commit of the worktree: without a path the changed files with the lines added and removed, with a path how that file changed, ${LINES} lines at a time. Uncommitted changes are not shown.`,
  input: z.strictObject({
    path: z.string().min(1).optional().describe('A file that changed; all changed files are named if absent'),
    offset: z.int().min(1).max(10_000_000).optional().describe('The first line to show; 1 if absent'),
  }),
  async use(context, { path, offset = 1 }, signal) {
    const range = await rangeOf(context)
    if (range === undefined) return failure('There is no milestone here whose changes could be shown.')
    if (path === undefined) return success(await changedFiles(context, range, signal))
    const args = ['diff', ...PLAIN, '--unified=5', ...range, '--', `:(literal)${path}`]
    const lines = linesOf(await context.parts.clone.git(args, { signal }))
    if (lines.length === 0)
      return failure(`${path} was not changed. Call diff without a path to see which files were.`)
    if (offset > lines.length)
      return failure(`The changes of ${path} have ${lines.length} lines; there is no line ${offset}.`)
    return success(shown(lines, offset))
  },
})

/** Undefined: the worktree is of no milestone. */
async function rangeOf({ parts, order }: ToolContext): Promise<readonly [string, string] | undefined> {
  try {
    const { start } = await milestoneBranch(parts, order.milestone)
    return [start, await startOf(parts, order)]
  } catch (error) {
    if (error instanceof WorkspaceError && error.code === 'no_milestone') return undefined
    throw error
  }
}

async function changedFiles(
  { parts }: ToolContext,
  range: readonly [string, string],
  signal: AbortSignal | undefined,
): Promise<string> {
  const stat = await parts.clone.git(['diff', ...PLAIN, '--numstat', '-z', ...range], { signal })
  const rows = stat.split('\0').filter(Boolean)
  if (rows.length === 0) return 'Nothing was changed.'
  const left = rows.length - MAX_FILES
  return [
    `${rows.length} files changed from ${range[0]} to ${range[1]} (lines added, removed, path):`,
    ...rows.slice(0, MAX_FILES),
    ...(left > 0 ? [`[${left} more files]`] : []),
  ].join('\n')
}

function shown(lines: readonly string[], offset: number): string {
  const part = lines.slice(offset - 1, offset - 1 + LINES)
  const left = lines.length - (offset - 1) - part.length
  const foot = left > 0 ? [`[${left} more lines; go on with offset ${offset + part.length}]`] : []
  return [...part.map((line) => line.slice(0, LONGEST_LINE)), ...foot].join('\n')
}
