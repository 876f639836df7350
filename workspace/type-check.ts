// Type check
//
// Runs a repository's type check in a worktree.
//
// The compiler's cache for the surveyed commit is copied into each later worktree, so that it checks only the
// differences. The cache is written by a run of the compiler alone, before any test.

import type { Survey } from '../machines/index.ts'
import { readableWith } from './dependencies.ts'
import { makeFolder } from './durable-file.ts'
import { inWorktree } from './in-worktree.ts'
import type { WorkspaceParts } from './parts.ts'
import { exitOf, lastWords } from './suite.ts'
import { readInside, replaceInside } from './worktree-files.ts'

export interface TypeCheckRun extends Pick<Survey, 'dependencies' | 'head'> {
  readonly root: string
  /** Arguments for Node. */
  readonly types: readonly string[]
  readonly signal?: AbortSignal | undefined
}

export interface TypeCheckResult {
  readonly kind: 'passed' | 'failed'
  readonly findings: readonly string[]
  readonly lines: readonly string[]
}

const LIMIT_MS = 5 * 60_000
const MAX_LIST_BYTES = 16 * 1024 * 1024
export const BUILD_INFO = 'node_modules/.canopy.tsbuildinfo'

export async function runTypeCheck(parts: WorkspaceParts, run: TypeCheckRun): Promise<TypeCheckResult> {
  const ending = await parts.sandbox.run({
    argv: [process.execPath, ...run.types],
    ...inWorktree(parts.places, run.root),
    readable: await readableWith(parts.places, run.dependencies),
    timeoutMs: LIMIT_MS,
    memoryMb: 4096,
    outputBytes: MAX_LIST_BYTES,
    signal: run.signal,
  })
  const exited = exitOf(ending)
  if (typeof exited === 'string') return { kind: 'failed', findings: [exited], lines: [] }
  const lines = exited.stdout.split('\n')
  if (exited.code === 0) return { kind: 'passed', findings: [], lines }
  const errors = lines.filter((line) => line.includes('error TS')).slice(0, 20)
  return { kind: 'failed', findings: errors.length > 0 ? errors : [lastWords(exited)], lines }
}

export async function placeBuildInfo(
  parts: WorkspaceParts,
  of: { head: string; root: string },
): Promise<void> {
  const { types, scratch } = parts.places
  await copyInside({ root: types, path: keptName(of) }, { root: of.root, path: BUILD_INFO, spare: scratch })
}

export async function keepBuildInfo(
  parts: WorkspaceParts,
  of: { head: string; root: string },
): Promise<void> {
  const { types, scratch } = parts.places
  await makeFolder(types)
  await copyInside({ root: of.root, path: BUILD_INFO }, { root: types, path: keptName(of), spare: scratch })
}

const keptName = ({ head }: { head: string }) => `${head}.tsbuildinfo`
const MAX_BUILD_INFO_BYTES = 256 * 1024 * 1024

async function copyInside(
  from: { root: string; path: string },
  to: { root: string; path: string; spare: string },
): Promise<void> {
  const file = await readInside(from.root, from.path, MAX_BUILD_INFO_BYTES)
  if (file !== undefined) await replaceInside(to.root, to.path, { ...file, mode: 0o644, spare: to.spare })
}
