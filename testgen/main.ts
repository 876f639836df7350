// Main
//
// Owns:   the builtin writer as a program: one JSON request on stdin, one JSON reply as the last line of stdout,
//         progress as JSON lines on stderr.
// Leaves: the work (write-tests.ts), the sandbox it runs in.
//
// R1. There is always a reply, also for errors.
// R2. Compiled code is kept for the programs it starts, and only as long as it runs: what code under test could write
//     to must not reach another run.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type WriteReply, writeRequestSchema } from './request.ts'
import { writeTests } from './write-tests.ts'

async function answer(): Promise<WriteReply> {
  const request = writeRequestSchema.safeParse(JSON.parse(readFileSync(0, 'utf8')))
  if (!request.success)
    return { kind: 'failed', retryable: false, message: `the request is wrong: ${request.error.message}` }
  return writeTests(request.data, (progress) => process.stderr.write(`${JSON.stringify(progress)}\n`))
}

/** Runs with a compile cache, unless the caller lent one; without a writable folder it is only slower. */
async function withCompileCache<T>(work: () => Promise<T>): Promise<T> {
  if (process.env.NODE_COMPILE_CACHE !== undefined) return work()
  let folder: string | undefined
  try {
    folder = mkdtempSync(join(tmpdir(), 'canopy-compiled-'))
    enableCompileCache(folder)
  } catch {
    return work()
  }
  try {
    return await work()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const reply = await withCompileCache(answer).catch(
  (error: unknown): WriteReply => ({
    kind: 'failed',
    retryable: false,
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }),
)
process.stdout.write(`${JSON.stringify(reply)}\n`)
