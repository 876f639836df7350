// Whole body
//
// Owns:   finding out whether a server gave a whole answer although a stream was asked for.
//
// Gateways put their errors, and servers that cannot stream their answers, into a plain body with status 200. The SDKs
// read such a body as a stream without events.

import { parseJson } from '../../kernel/index.ts'
import { BadAnswer } from './failures.ts'

const SHOWN = 200

/** The body when it is one JSON object; undefined when it is a stream. Throws BadAnswer for a page. */
export async function wholeBody(response: Response): Promise<unknown> {
  const type = response.headers.get('content-type') ?? ''
  if (!/json|html/i.test(type)) return undefined
  // The SDK reads the original if this is a stream with the wrong type.
  const text = await response.clone().text()
  if (/^\s*</.test(text)) throw new BadAnswer('garbled', `the answer is a page: ${text.slice(0, SHOWN)}`)
  return /^\s*\{/.test(text) ? parseJson(text) : undefined
}
