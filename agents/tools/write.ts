// Write
//
// The tool that creates a file or replaces a whole one.
//
// An existing file is replaced only when the agent has seen its version.

import { z } from 'zod'
import { digest, plainPath } from '../../workspace/index.ts'
import { isKnown, putText, readText } from './text-file.ts'
import { defineTool, failure, success } from './tool.ts'

export const write = defineTool({
  name: 'write',
  effect: 'repeatable',
  description:
    'Makes a new file with its folders, or replaces a whole file that was read since it last changed (or whose hash is given). For a part of a file use edit. Content that cannot be parsed is not written.',
  input: z.strictObject({
    path: z.string().min(1).describe('Relative to the top folder of the worktree'),
    content: z.string(),
    hash: z.string().optional().describe('The hash of the version that you saw; not needed after read'),
  }),
  async use(context, input) {
    const path = plainPath(context.root, input.path)
    const before = await readText(context, path)
    const asked = digest('write', path, input.content, input.hash ?? '')
    if (before?.text === input.content) {
      await context.versions.saw(path, before.hash)
      return success(`${path} has exactly this content already. hash ${before.hash}`)
    }
    if (before !== undefined && !(await isKnown(context, before, input.hash, asked)))
      return failure(
        `Nothing was written: ${path} exists, and you have not seen this version of it (its hash is ${before.hash}). Read it first.`,
      )
    const put = await putText(context, { path, before, text: input.content, asked })
    if ('failed' in put) return put
    return success(`${path} is ${before === undefined ? 'new' : 'replaced'}. hash ${put.hash}`)
  },
})
