// Type check
//
// Owns:   running a repository's type check in a worktree.

import { join } from 'node:path'
import { readableWith } from './dependencies.ts'
import type { Parts } from './parts.ts'
import { exitOf, lastWords } from './suite.ts'

export interface TypeCheckRun {
  readonly root: string
  readonly dependencies: string
  /** Arguments for Node. */
  readonly types: readonly string[]
  readonly signal?: AbortSignal | undefined
}

export interface TypeCheckResult {
  readonly kind: 'passed' | 'failed'
  readonly findings: readonly string[]
}

const LIMIT_MS = 5 * 60_000

export async function runTypeCheck(parts: Parts, run: TypeCheckRun): Promise<TypeCheckResult> {
  const ending = await parts.sandbox.run({
    argv: [process.execPath, ...run.types],
    cwd: run.root,
    writable: [run.root],
    frozen: [join(run.root, '.git')],
    readable: await readableWith(run.dependencies),
    timeoutMs: LIMIT_MS,
    memoryMb: 4096,
    signal: run.signal,
  })
  const exited = exitOf(ending)
  if (typeof exited === 'string') return { kind: 'failed', findings: [exited] }
  if (exited.code === 0) return { kind: 'passed', findings: [] }
  const errors = exited.stdout.split('\n').filter((line) => line.includes('error TS'))
  return { kind: 'failed', findings: errors.length > 0 ? errors.slice(0, 20) : [lastWords(exited)] }
}
