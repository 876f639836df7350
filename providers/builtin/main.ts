// Main
//
// Owns:   the builtin writer as a program: one JSON request on stdin, one JSON reply as the last line of stdout,
//         progress as JSON lines on stderr.
// Leaves: the work (write-tests.ts), the sandbox it runs in.
//
// R1. There is always a reply: what goes wrong is one, too.

import { readFileSync } from 'node:fs'
import { type WriteReply, writeRequestSchema } from './request.ts'
import { writeTests } from './write-tests.ts'

async function answer(): Promise<WriteReply> {
  const request = writeRequestSchema.safeParse(JSON.parse(readFileSync(0, 'utf8')))
  if (!request.success)
    return { kind: 'failed', retryable: false, message: `the request is wrong: ${request.error.message}` }
  return writeTests(request.data, (progress) => process.stderr.write(`${JSON.stringify(progress)}\n`))
}

const reply = await answer().catch(
  (error: unknown): WriteReply => ({
    kind: 'failed',
    retryable: false,
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }),
)
process.stdout.write(`${JSON.stringify(reply)}\n`)
