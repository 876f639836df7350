// Type check
//
// Owns:   running a repository's type check in a worktree.
//
// Y1. What the compiler worked out for the surveyed commit is put beside the packages of each later worktree: it
//     then looks again only at what differs. It is written in a run of the compiler alone, before any test.

import { copyFile, lstat, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Survey } from '../machines/index.ts'
import { readableWith } from './dependencies.ts'
import { isAbsent } from './durable-file.ts'
import type { Parts } from './parts.ts'
import type { Places } from './places.ts'
import { exitOf, lastWords } from './suite.ts'

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
const MOST_LISTED = 16 * 1024 * 1024
export const BUILD_INFO = 'node_modules/.canopy.tsbuildinfo'

export async function runTypeCheck(parts: Parts, run: TypeCheckRun): Promise<TypeCheckResult> {
  const ending = await parts.sandbox.run({
    argv: [process.execPath, ...run.types],
    cwd: run.root,
    writable: [run.root],
    frozen: [join(run.root, '.git')],
    readable: await readableWith(parts.places, run.dependencies),
    timeoutMs: LIMIT_MS,
    memoryMb: 4096,
    outputBytes: MOST_LISTED,
    signal: run.signal,
  })
  const exited = exitOf(ending)
  if (typeof exited === 'string') return { kind: 'failed', findings: [exited], lines: [] }
  const lines = exited.stdout.split('\n')
  if (exited.code === 0) return { kind: 'passed', findings: [], lines }
  const errors = lines.filter((line) => line.includes('error TS')).slice(0, 20)
  return { kind: 'failed', findings: errors.length > 0 ? errors : [lastWords(exited)], lines }
}

/** To be called before anything runs in the worktree: what runs there could lead our copy elsewhere. */
export async function placeBuildInfo(parts: Parts, of: { head: string; root: string }): Promise<void> {
  await copyIfThere(keptBuildInfo(parts.places, of), join(of.root, BUILD_INFO))
}

export async function keepBuildInfo(parts: Parts, of: { head: string; root: string }): Promise<void> {
  const place = keptBuildInfo(parts.places, of)
  await mkdir(dirname(place), { recursive: true })
  await copyIfThere(join(of.root, BUILD_INFO), place)
}

function keptBuildInfo(places: Places, { head }: { head: string }): string {
  return join(places.types, `${head}.tsbuildinfo`)
}

async function copyIfThere(from: string, to: string): Promise<void> {
  const stat = await lstat(from).catch((error) => (isAbsent(error) ? undefined : Promise.reject(error)))
  if (stat?.isFile()) await copyFile(from, to)
}
