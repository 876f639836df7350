// Test writer
//
// Owns:   the port of a test writer for a module, and of the sandbox it uses.
// Leaves: the builtin writer (writer.ts); making a sandbox (workspace/).

import type { TestRunner } from './emit/emitting.ts'
import type { Arm, WriteReply } from './request.ts'

/** An order of tests for one module of a worktree. */
export interface WriteOrder {
  /** The worktree, with its `node_modules`; absolute. */
  readonly root: string
  /** Relative to the root. */
  readonly module: string
  /** The test file to be written, or added to, relative to the root. */
  readonly testFile: string
  /** In the same folder: for tests that cannot be added to an existing `testFile`. */
  readonly spareFile?: string
  readonly runner: TestRunner
  /** The same commit and seed give the same bytes. */
  readonly seed: string
  /** Executions of code under test. */
  readonly budget?: number
  readonly mostPerTarget?: number
  /** Branch arms that existing tests take already. */
  readonly covered?: readonly Arm[]
  /** Tests of an earlier attempt that failed, as `group > title`. */
  readonly failures?: readonly string[]
  readonly signal?: AbortSignal
}

/** The result. `nothing` is final for this module; a failure says whether another try makes sense. */
export type WriteResult = WriteReply

/** Writes tests for a module; it never throws because of the module. */
export interface TestWriter {
  write(order: WriteOrder): Promise<WriteResult>
}

/** How a sandboxed command ended. */
export type SandboxExit =
  | { readonly kind: 'exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'signalled' | 'timed_out' | 'aborted'; readonly stderr?: string }
  | { readonly kind: 'could_not_start'; readonly message: string }

/** Runs a command where it can do no harm: no network, a read-only system, limits. */
export type SandboxedRun = (
  argv: readonly string[],
  options: {
    readonly cwd: string
    readonly stdin: string
    readonly timeoutMs: number
    readonly memoryMb: number
    readonly signal?: AbortSignal
    /** Absolute folders it may read, beside the system's own. */
    readonly readable: readonly string[]
    readonly writable: readonly string[]
  },
) => Promise<SandboxExit>
