// Read
//
// The tool that shows a file of the worktree, with line numbers and the hash of its version.
//
// Omitted parts are named with their number of lines or characters.

import { z } from 'zod'
import { readText, type TextFile } from './text-file.ts'
import { defineTool, failure, success } from './tool.ts'

const LINES = 500
const MAX_CHARACTERS = 40_000
const LONGEST_LINE = 1000

export const read = defineTool({
  name: 'read',
  effect: 'reads',
  description: `Shows a text file of the worktree with line numbers and the hash of its version. Shows ${LINES} lines unless told otherwise; long files are read on with offset.`,
  input: z.strictObject({
    path: z.string().min(1).describe('Relative to the top folder of the worktree'),
    offset: z.int().min(1).max(10_000_000).optional().describe('The first line to show; 1 if absent'),
    limit: z.int().min(1).max(5000).optional().describe(`How many lines to show; ${LINES} if absent`),
  }),
  async use(context, { path, offset = 1, limit = LINES }) {
    const file = await readText(context, path)
    if (file === undefined) return failure(`There is no file ${path}. Look for it with list or search.`)
    await context.versions.saw(file.path, file.hash)
    const lines = linesOf(file.text)
    if (lines.length === 0) return success(`${file.path} is empty. hash ${file.hash}`)
    if (offset > lines.length)
      return failure(`${file.path} has ${lines.length} lines; there is no line ${offset}.`)
    return success(show(file, lines, offset, limit))
  },
})

/** Without an empty line after the last line's end. */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

function show(file: TextFile, lines: readonly string[], offset: number, limit: number): string {
  const shown: string[] = []
  let characters = 0
  for (const line of lines.slice(offset - 1, offset - 1 + limit)) {
    const text = `${String(offset + shown.length).padStart(5)}\t${cut(line)}`
    characters += text.length + 1
    if (characters > MAX_CHARACTERS && shown.length > 0) break
    shown.push(text)
  }
  const last = offset + shown.length - 1
  const left = lines.length - last
  const head = `${file.path}, lines ${offset} to ${last} of ${lines.length}, hash ${file.hash}`
  const foot = left > 0 ? [`[${left} more lines; read on with offset ${last + 1}]`] : []
  return [head, ...shown, ...foot].join('\n')
}

function cut(line: string): string {
  const left = line.length - LONGEST_LINE
  return left > 0 ? `${line.slice(0, LONGEST_LINE)} [${left} more characters]` : line
}
