// Edit
//
// The tool that replaces one piece of a file by another.
//
// The piece must be in the file exactly once, character for character; nothing is guessed. The version must be one that
// the agent has seen. An edit that is already in place changes nothing and says so.

import { z } from 'zod'
import { digest } from '../../workspace/index.ts'
import { ambiguous, hashWith, inEndingsOf, lineAt, missing, placesOf, replacedAt } from './edit-text.ts'
import { isInPlace, isKnown, putText, readText, type TextFile } from './text-file.ts'
import { defineTool, failure, success, type ToolContext, type ToolOutcome } from './tool.ts'

const schema = z.strictObject({
  path: z.string().min(1).describe('Relative to the top folder of the worktree'),
  old: z.string().min(1).describe('The text to replace, exactly as it is in the file; it must occur once'),
  new: z.string().describe('The new text'),
  hash: z.string().optional().describe('The hash of the version that you saw; not needed after read'),
})
type EditInput = z.infer<typeof schema>

export const edit = defineTool({
  name: 'edit',
  effect: 'repeatable',
  description:
    'Replaces one piece of a file. The old text must be in the file exactly once; add lines around it until it is. The file must have been read since it last changed, or its hash given. An edit after which the file cannot be parsed is not made.',
  input: schema,
  async use(context, input) {
    const file = await readText(context, input.path)
    if (file === undefined) return failure(`There is no file ${input.path}. A new file is made with write.`)
    const asked = digest('edit', file.path, input.old, input.new, input.hash ?? '')
    if (await isInPlace(context, file, asked)) return success(inPlace(file))
    if (wasMadeFrom(file, input)) return success(inPlace(file))
    if (!(await isKnown(context, file, input.hash, asked)))
      return failure(await unseen(context, file, input.hash))
    return replace(context, file, input, asked)
  },
})

function inPlace(file: TextFile): string {
  return `This edit is in place already; ${file.path} is unchanged since, hash ${file.hash}. To make the same edit once more, give that hash.`
}

/** Whether undoing the edit gives exactly the version that it was made for. */
function wasMadeFrom(file: TextFile, input: EditInput): boolean {
  if (input.hash === undefined || input.new === '') return false
  const { old, fresh } = piecesFor(file, input)
  const at = placesOf(file.text, fresh)
  return (
    at.length === 1 && hashWith(file.text, at[0] ?? 0, fresh.length, old).startsWith(input.hash.slice(0, 12))
  )
}

function piecesFor({ text }: TextFile, input: EditInput): { old: string; fresh: string } {
  return { old: inEndingsOf(text, input.old), fresh: inEndingsOf(text, input.new) }
}

async function unseen(context: ToolContext, file: TextFile, given: string | undefined): Promise<string> {
  const { seen } = await context.versions.of(file.path)
  const why =
    given !== undefined
      ? `its hash is not ${given} now, but ${file.hash}: it has changed`
      : seen === undefined
        ? 'it was not read yet'
        : 'it has changed since it was read'
  return `Nothing was changed in ${file.path}: ${why}. Read it, then edit what is there.`
}

async function replace(
  context: ToolContext,
  file: TextFile,
  input: EditInput,
  asked: string,
): Promise<ToolOutcome> {
  const { old, fresh } = piecesFor(file, input)
  if (old === fresh) return failure(`Nothing was changed in ${file.path}: old and new are the same.`)
  const places = placesOf(file.text, old)
  if (places.length === 0) return failure(missing({ ...file, old, fresh }))
  if (places.length > 1) return failure(ambiguous(file.path, file.text, places))
  const at = places[0] ?? 0
  const text = replacedAt(file.text, at, old.length, fresh)
  const put = await putText(context, { path: file.path, before: file, text, asked })
  if ('failed' in put) return put
  const line = lineAt(file.text, at)
  const count = fresh === '' ? 0 : fresh.replace(/\n$/, '').split('\n').length
  const what = count === 0 ? `taken out at line ${line}` : `lines ${line} to ${line + count - 1} are new`
  return success(`${file.path} is edited: ${what}. hash ${put.hash}`)
}
