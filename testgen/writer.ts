// Writer
//
// Owns:   the builtin writer as others see it: it starts the program in the sandbox it was lent and reads the reply.
// Leaves: the program (main.ts).
//
// R1. No code of the repository runs in this process.

import { existsSync, realpathSync } from 'node:fs'
import { dirname, extname, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type WriteReply, writeReplySchema } from './request.ts'
import type { SandboxExit, SandboxedRun, TestWriter, WriteOrder, WriteResult } from './test-writer.ts'

const program = fileURLToPath(new URL(`./main${extname(import.meta.url)}`, import.meta.url))
/** Canopy's own folder: the program and the packages it needs are there. */
const home = resolve(dirname(program), '..')

/** Where its packages really are: beside it in a checkout, around it where it was installed. */
const packages = packageFolders(realpathSync(home))

function packageFolders(folder: string): string[] {
  const [before = '', ...within] = folder.split(`${sep}node_modules${sep}`)
  const own = resolve(folder, 'node_modules')
  const around = within.length > 0 ? [resolve(before, 'node_modules')] : []
  return existsSync(own) ? [realpathSync(own), ...around] : around
}

/** The command of the builtin writer's program, to be run in a sandbox with a request on its stdin. */
export function builtinCommand(nodePath: string): string[] {
  return [nodePath, '--disable-warning=ExperimentalWarning', program]
}

export interface BuiltinWriterOptions {
  readonly run: SandboxedRun
  /** The Node that runs the program; this process's own unless told. */
  readonly nodePath?: string
  readonly timeoutMs?: number
  readonly memoryMb?: number
}

/** A writer that needs no model and no key. */
export function createBuiltinWriter(options: BuiltinWriterOptions): TestWriter {
  const { run, nodePath = process.execPath, timeoutMs = 180_000, memoryMb = 2048 } = options
  return {
    async write({ signal, ...order }: WriteOrder): Promise<WriteResult> {
      const exit = await run(builtinCommand(nodePath), {
        cwd: order.root,
        stdin: JSON.stringify(order),
        timeoutMs,
        memoryMb,
        readable: [order.root, home, ...packages, dirname(nodePath)],
        writable: [],
        ...(signal === undefined ? {} : { signal }),
      })
      return readExit(exit)
    },
  }
}

function readExit(exit: SandboxExit): WriteResult {
  switch (exit.kind) {
    case 'exited':
      return (
        readReply(exit.stdout) ??
        failure(true, `the builtin writer ended with ${exit.code} and no reply: ${exit.stderr.slice(-2000)}`)
      )
    case 'could_not_start':
      return failure(false, `the builtin writer could not be started: ${exit.message}`)
    case 'aborted':
      return failure(true, 'the builtin writer was told to stop')
    case 'timed_out':
      return failure(true, 'the builtin writer took too long')
    case 'signalled':
      return failure(true, `the builtin writer was killed: ${(exit.stderr ?? '').slice(-2000)}`)
  }
}

function failure(retryable: boolean, message: string): WriteResult {
  return { kind: 'failed', retryable, message }
}

function readReply(stdout: string): WriteReply | undefined {
  const last = stdout.trimEnd().split('\n').at(-1) ?? ''
  try {
    return writeReplySchema.parse(JSON.parse(last))
  } catch {
    return undefined
  }
}
