// List
//
// The tool that names the files of the worktree.

import { z } from 'zod'
import { chosen, filesIn } from './files.ts'
import { defineTool, failure, success } from './tool.ts'

const MOST = 300
const MAX_IN_FOLDER = 40

export const list = defineTool({
  name: 'list',
  effect: 'reads',
  description: `Names the files of the worktree, without ignored ones. Folders with many files are shown with the number of files in them; ${MOST} lines at most.`,
  input: z.strictObject({
    folder: z.string().optional().describe('Only below this folder; the top folder if absent'),
    match: z.string().max(200).optional().describe('Only names like this, e.g. *.test.ts or src/**/index.ts'),
  }),
  async use(context, { folder = '', match }, signal) {
    const files = chosen(context, await filesIn(context, signal), folder, match)
    const what = `${match === undefined ? 'files' : `files like ${match}`} in ${folder === '' ? 'the worktree' : folder}`
    if (files.length === 0) return failure(`There are no ${what}.`)
    if (files.length <= MOST) return success(`${files.length} ${what}:\n${files.join('\n')}`)
    const { lines, left } = folded(files)
    const more = left > 0 ? `\n[${left} more lines; name a folder]` : ''
    return success(`${files.length} ${what}, folders folded:\n${lines.join('\n')}${more}`)
  },
})

/** Opens folders, the smallest first, while there is room; folders with many direct entries stay closed. */
function folded(files: readonly string[]): { lines: string[]; left: number } {
  let lines: Lines = opened(new Map(), '', files)
  for (;;) {
    const closed = [...lines].filter(([, inside]) => inside.length > 0)
    const next = firstThatFits(
      lines,
      closed.sort((a, b) => a[1].length - b[1].length),
    )
    if (next === undefined) break
    lines = next
  }
  const all = [...lines].map(([path, inside]) =>
    inside.length > 0 ? `${path}/ (${inside.length} files)` : path,
  )
  return { lines: all.sort().slice(0, MOST), left: Math.max(0, all.length - MOST) }
}

type Lines = ReadonlyMap<string, readonly string[]>

function firstThatFits(lines: Lines, closed: readonly [string, readonly string[]][]): Lines | undefined {
  for (const [folder, inside] of closed) {
    const open = opened(lines, folder, inside)
    if (open.size - lines.size < MAX_IN_FOLDER && open.size <= MOST) return open
  }
  return undefined
}

function opened(lines: Lines, folder: string, inside: readonly string[]): Lines {
  const start = folder === '' ? 0 : folder.length + 1
  const parts = new Map<string, string[]>()
  for (const path of inside) {
    const end = path.indexOf('/', start)
    const part = end < 0 ? path : path.slice(0, end)
    const below = parts.get(part) ?? []
    if (end >= 0) below.push(path)
    parts.set(part, below)
  }
  return new Map([...[...lines].filter(([path]) => path !== folder), ...parts])
}
