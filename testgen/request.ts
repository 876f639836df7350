// Request
//
// Owns:   request and answer of the builtin writer, checked on both sides.

import { z } from 'zod'
import { TEST_RUNNERS } from './emit/emitting.ts'

/** One arm of a branch, as istanbul numbers it: the begin of the branch, and the number of its location. */
export const armSchema = z.object({
  line: z.int().positive(),
  column: z.int().nonnegative(),
  arm: z.int().nonnegative(),
})
export type Arm = z.infer<typeof armSchema>

export const writeRequestSchema = z.object({
  /** The worktree, with its `node_modules`; absolute. */
  root: z.string().min(1),
  /** The module to write tests for, relative to the root. */
  module: z.string().min(1),
  /** The test file to be written, relative to the root; it decides the language and the import path. */
  testFile: z.string().min(1),
  /** Beside it: written where that file is there and the tests cannot be added to it. */
  spareFile: z.string().min(1).optional(),
  runner: z.enum(TEST_RUNNERS),
  seed: z.string(),
  /** Executions of code under test, not time: the same commit and seed give the same bytes. */
  budget: z.int().positive().default(60_000),
  /** Branch arms that existing tests take already. */
  covered: z.array(armSchema).default([]),
  /** Tests of an earlier attempt that failed, as `group > title` or in a sentence of a gate: they are left out. */
  failures: z.array(z.string()).default([]),
  /** No more tests than this for one function or class. */
  mostPerTarget: z.int().positive().default(12),
})
export type WriteRequest = z.infer<typeof writeRequestSchema>

export const writtenSchema = z.object({
  kind: z.literal('written'),
  /** The file that was chosen. */
  testFile: z.string(),
  /** Its text; that of an existing file with the new tests. */
  source: z.string(),
  /** The new tests in it, as `group > title`. */
  cases: z.array(z.string()),
  /** Branch arms of the module as the writer's own counters saw them. */
  branches: z.object({ covered: z.int().nonnegative(), total: z.int().nonnegative() }),
  /** Cases that were found and left out, by reason. */
  dropped: z.object({ unstable: z.int(), failed: z.int(), mistyped: z.int(), surplus: z.int() }),
  notes: z.array(z.string()),
})

export const writeReplySchema = z.discriminatedUnion('kind', [
  writtenSchema,
  /** There is nothing a test could be written for. */
  z.object({ kind: z.literal('nothing'), reason: z.string() }),
  z.object({ kind: z.literal('failed'), retryable: z.boolean(), message: z.string() }),
])
export type WriteReply = z.infer<typeof writeReplySchema>
