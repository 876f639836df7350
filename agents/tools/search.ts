// Search
//
// The tool that finds lines of the worktree's files by a pattern.
//
// The search runs in the sandbox (inside/search.ts): even a link that is created meanwhile leads to no file outside.

import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { parseJson } from '../../kernel/index.ts'
import { exitOf } from '../../workspace/index.ts'
import { chosen, filesIn } from './files.ts'
import { defineTool, failure, success, type ToolContext, type ToolOutcome } from './tool.ts'

const program = fileURLToPath(new URL(`./inside/search${extname(import.meta.url)}`, import.meta.url))
const LIMITS = { mostLines: 100, mostFiles: 50, longestLine: 300, mostBytes: 1024 * 1024 }
const LIMIT_MS = 20_000

const answerSchema = z.object({
  matches: z.number(),
  inFiles: z.number(),
  files: z.array(
    z.object({
      path: z.string(),
      matches: z.number(),
      lines: z.array(z.object({ line: z.number(), text: z.string(), hit: z.boolean() })),
    }),
  ),
})
type SearchAnswer = z.infer<typeof answerSchema>

export const search = defineTool({
  name: 'search',
  effect: 'reads',
  description: `Finds lines by a JavaScript regular expression, line by line, in the files of the worktree that git tracks or would track. Shows ${LIMITS.mostLines} matching lines at most and tells how many there are.`,
  input: z.strictObject({
    pattern: z.string().min(1).max(1000).describe('A JavaScript regular expression'),
    literal: z.boolean().optional().describe('Treat the pattern as plain text'),
    ignoreCase: z.boolean().optional(),
    folder: z.string().optional().describe('Only below this folder, or in this file'),
    match: z.string().max(200).optional().describe('Only in files with names like this, e.g. *.ts'),
    around: z
      .int()
      .min(0)
      .max(10)
      .optional()
      .describe('How many lines to show before and after each; 0 if absent'),
  }),
  async use(context, input, signal) {
    const source = input.literal ? input.pattern.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&') : input.pattern
    const flags = input.ignoreCase ? 'i' : ''
    try {
      new RegExp(source, flags)
    } catch (error) {
      return failure(`${(error as Error).message}. For plain text set literal to true.`)
    }
    const files = chosen(context, await filesIn(context, signal), input.folder, input.match)
    if (files.length === 0)
      return failure('There are no such files to search in. Look at their names with list.')
    const order = { ...LIMITS, source, flags, files, around: input.around ?? 0 }
    return searchInside(context, order, signal)
  },
})

async function searchInside(
  context: ToolContext,
  order: { readonly source: string; readonly files: readonly string[] },
  signal: AbortSignal | undefined,
): Promise<ToolOutcome> {
  const ending = await context.parts.sandbox.run({
    argv: [process.execPath, '--disable-warning=ExperimentalWarning', program],
    cwd: context.root,
    writable: [],
    readable: [context.root, program],
    stdin: JSON.stringify(order),
    timeoutMs: LIMIT_MS,
    outputBytes: 8 * 1024 * 1024,
    signal,
  })
  const exited = exitOf(ending)
  if (typeof exited === 'string')
    return failure(`The search ${exited.split('.')[0]}. Make the pattern simpler, or name a folder.`)
  if (exited.code !== 0)
    throw new Error(`the search program exited with ${exited.code}: ${exited.stderr.slice(-2000)}`)
  const answer = answerSchema.parse(parseJson(exited.stdout))
  if (answer.matches === 0) return success(`No line matches in ${order.files.length} files.`)
  return success(show(answer))
}

function show({ matches, inFiles, files }: SearchAnswer): string {
  const shown = files.filter((file) => file.lines.length > 0)
  const texts = shown.map(({ path, lines }) => {
    const rows = lines.map(({ line, text, hit }) => `${String(line).padStart(5)}${hit ? ':' : ' '} ${text}`)
    return `${path}\n${rows.join('\n')}`
  })
  const hits = shown.flatMap(({ lines }) => lines.filter((line) => line.hit)).length
  const head = `${matches} matching lines in ${inFiles} files`
  const rest = files.filter((file) => file.lines.length === 0).map((file) => `${file.path} (${file.matches})`)
  const more = rest.length > 0 ? `\n\nAlso in: ${rest.join(', ')}` : ''
  const cut = hits < matches ? `; ${hits} of them are shown; name a folder or match to see others` : ''
  return `${head}${cut}\n\n${texts.join('\n\n')}${more}`
}
