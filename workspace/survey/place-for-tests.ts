// Place for tests
//
// Asks the runner which of the possible names for new test files it would run.
//
// The probes are written before any command runs in the worktree, and are removed with it.

import type { Survey } from '../../machines/index.ts'
import { readableWith } from '../dependencies.ts'
import type { WorkspaceParts } from '../parts.ts'
import { runnerNamed } from '../runners/runner-named.ts'
import { exitOf } from '../suite.ts'
import { fillPattern } from '../test-name.ts'
import { FileRefused, replaceInside } from '../worktree-files.ts'
import { Refusal } from './refusal.ts'
import { candidatePatterns } from './test-pattern.ts'

export interface PatternOrder extends Pick<Survey, 'runner' | 'modules' | 'dependencies'> {
  readonly root: string
  readonly tracked: readonly string[]
  readonly signal?: AbortSignal | undefined
}

const PROBE = 'canopy-probe'
const LIST_LIMIT_MS = 60_000

export async function findPattern(parts: WorkspaceParts, order: PatternOrder): Promise<string> {
  const patterns: string[] = []
  for (const pattern of candidatePatterns(order.tracked, order.modules))
    if (await isProbePlaced(parts, order, pattern)) patterns.push(pattern)
  const found = new Set(await list(parts, order))
  const pattern = patterns.find((each) => found.has(fillPattern(each, PROBE)))
  if (pattern !== undefined) return pattern
  const tried = patterns.slice(0, 5).join(', ')
  throw new Refusal(
    'no_place_for_tests',
    `The test runner picks up no new file of a usual name (tried ${tried}). Widen the include pattern in its configuration.`,
  )
}

/** Not where a folder of the pattern is a link: a test could not be submitted from there. */
async function isProbePlaced(
  { places }: WorkspaceParts,
  order: PatternOrder,
  pattern: string,
): Promise<boolean> {
  const { probe } = runnerNamed(order.runner)
  const version = { bytes: Buffer.from(probe), mode: 0o644, spare: places.scratch }
  try {
    await replaceInside(order.root, fillPattern(pattern, PROBE), version)
    return true
  } catch (error) {
    if (error instanceof FileRefused) return false
    throw error
  }
}

async function list(parts: WorkspaceParts, order: PatternOrder): Promise<string[]> {
  const runner = runnerNamed(order.runner)
  const command = await runner.list(order, PROBE)
  const ending = await parts.sandbox.run({
    argv: command.argv,
    cwd: order.root,
    writable: [order.root],
    readable: [...(await readableWith(parts.places, order.dependencies)), ...(command.readable ?? [])],
    timeoutMs: LIST_LIMIT_MS,
    signal: order.signal,
    ...(command.env === undefined ? {} : { env: command.env }),
  })
  const exited = exitOf(ending)
  if (typeof exited !== 'string' && exited.code === 0) return runner.listed(order.root, exited.stdout)
  const reason = typeof exited === 'string' ? exited : exited.stderr.trim()
  throw new Refusal('failing_tests', `The test runner cannot list the tests at HEAD: ${reason.slice(-1500)}`)
}
