// Place for tests
//
// Asks the runner which of the possible names for new test files it would run.
//
// The probes are written before any command runs in the worktree, and are removed with it.

import { join } from 'node:path'
import { fillPattern, type Survey } from '../../machines/index.ts'
import { readableWith } from '../dependencies.ts'
import { inWorktree } from '../in-worktree.ts'
import type { WorkspaceParts } from '../parts.ts'
import { loadStyleOf } from '../runners/load-style.ts'
import { preparation } from '../runners/preparation.ts'
import { runnerNamed } from '../runners/runner-named.ts'
import type { PackageManifest } from '../runners/script.ts'
import { readManifest } from '../runners/script.ts'
import { runOf, runsIn, type SuiteRun } from '../runners/suite-runs.ts'
import { exitOf, runSuite } from '../suite.ts'
import { FileRefused, removeInside, replaceInside } from '../worktree-files.ts'
import { Refusal } from './refusal.ts'
import { candidatePatterns } from './test-pattern.ts'

export interface PatternOrder extends Pick<Survey, 'runner' | 'modules' | 'dependencies' | 'node' | 'setup'> {
  readonly root: string
  readonly tracked: readonly string[]
  readonly signal?: AbortSignal | undefined
}

const PROBE = 'canopy-probe'
const LIST_LIMIT_MS = 60_000
const RUN_LIMIT_MS = 15 * 60_000

/** The pattern of new test files; `runsNewTestFiles: false` when the runner runs no new file of any usual name. */
export type PlaceForTests = Pick<Survey, 'testPattern' | 'runsNewTestFiles'>

export async function findPattern(parts: WorkspaceParts, order: PatternOrder): Promise<PlaceForTests> {
  const runs = await runsIn(order.root, order.runner)
  const places = placesByRun(candidatePatterns(order.tracked, order.modules), runs, order.runner)
  const likeliest: string[] = []
  for (const place of places.slice(0, MAX_RUNS_TRIED)) {
    const patterns = await placeProbes(parts, order, place)
    const probes = patterns.map((pattern) => fillPattern(pattern, PROBE))
    const found = new Set(
      await filesRun(parts, order, { probes, isListed: runs.length === 1 && runs[0]?.folder === '' }),
    )
    const testPattern = patterns.find((each) => found.has(fillPattern(each, PROBE)))
    if (testPattern !== undefined) return { testPattern }
    likeliest.push(...patterns)
  }
  const [testPattern] = likeliest
  if (testPattern !== undefined) return { testPattern, runsNewTestFiles: false }
  throw new Refusal(
    'no_place_for_tests',
    'No new test file can be written: the folders of usual names are links.',
  )
}

/** Each costs a run of the tests. */
const MAX_RUNS_TRIED = 3

interface PatternPlace {
  /** The package's whose tests they would be. */
  readonly folder: string
  readonly patterns: readonly string[]
}

/** The patterns by the run of this runner that takes their files, the likeliest first; all where no run takes one. */
export function placesByRun(
  patterns: readonly string[],
  runs: readonly SuiteRun[],
  runner: Survey['runner'],
): PatternPlace[] {
  const owners = patterns.map((pattern) => runOf(runs, fillPattern(pattern, PROBE)))
  const chosen = [...new Set(owners)].filter((run) => run !== undefined && run.runner === runner)
  if (chosen.length === 0) return [{ folder: '', patterns }]
  return chosen.map((run) => ({
    folder: run?.folder ?? '',
    patterns: patterns.filter((_, at) => owners[at] === run),
  }))
}

/** The patterns whose files could be written. */
async function placeProbes(
  parts: WorkspaceParts,
  order: PatternOrder,
  { folder, patterns }: PatternPlace,
): Promise<string[]> {
  const manifest = await readManifest(join(order.root, folder))
  const placed: string[] = []
  for (const pattern of patterns)
    if (await isProbePlaced(parts, order, { pattern, manifest })) placed.push(pattern)
  return placed
}

/** The files that the runner takes for tests, among them probes. */
async function filesRun(
  parts: WorkspaceParts,
  order: PatternOrder,
  { probes, isListed }: { readonly probes: readonly string[]; readonly isListed: boolean },
): Promise<readonly string[]> {
  const listed = isListed ? await listFiles(parts, order) : undefined
  // A program that does not name what it runs says nothing about other names.
  if (order.runner === 'script' && !listed?.length) return probes
  return listed ?? filesOfRun(parts, order, probes)
}

/** Not where a folder of the pattern is a link: a test could not be submitted from there. */
async function isProbePlaced(
  { places }: WorkspaceParts,
  { root, runner }: PatternOrder,
  { pattern, manifest }: { pattern: string; manifest: PackageManifest },
): Promise<boolean> {
  const path = fillPattern(pattern, PROBE)
  const text = runnerNamed(runner).probe(loadStyleOf(path, manifest), path)
  const version = { bytes: Buffer.from(text), mode: 0o644, spare: places.scratch }
  try {
    await replaceInside(root, path, version)
    return true
  } catch (error) {
    if (error instanceof FileRefused) return false
    throw error
  }
}

/** Undefined when the runner cannot list its files, or not in time: then a run tells them. */
async function listFiles(parts: WorkspaceParts, order: PatternOrder): Promise<string[] | undefined> {
  const runner = runnerNamed(order.runner)
  if (runner.list === undefined || runner.listed === undefined) return undefined
  const command = await runner.list(order, PROBE)
  const prepared = await preparation(order)
  const ending = await parts.sandbox.run({
    argv: [...prepared.before, ...command.argv],
    ...inWorktree(parts.places, order.root),
    readable: [
      ...(await readableWith(parts.places, order.dependencies)),
      ...(command.readable ?? []),
      ...prepared.readable,
    ],
    timeoutMs: LIST_LIMIT_MS,
    signal: order.signal,
    env: { ...prepared.env, ...command.env },
  })
  const exited = exitOf(ending)
  if (typeof exited === 'string' || exited.code !== 0) return undefined
  try {
    return runner.listed(order.root, exited.stdout)
  } catch {
    return undefined
  }
}

/** The test files that a run names: of the probes alone where the runner still asks its configuration, else of all. */
async function filesOfRun(
  parts: WorkspaceParts,
  { tracked: _, modules: _modules, ...order }: PatternOrder,
  probes: readonly string[],
): Promise<string[]> {
  const isAsked = runnerNamed(order.runner).isConfigurationAsked === true
  const run = { ...order, timeoutMs: RUN_LIMIT_MS }
  let asked = probes
  let outcome = await runSuite(parts.sandbox, parts.places, { ...run, ...(isAsked ? { files: asked } : {}) })
  if (outcome.kind === 'broken') {
    // One of another ending may stop the whole run: the likeliest is tried alone.
    asked = probes.slice(0, 1)
    for (const path of probes.slice(1)) await removeInside(order.root, path)
    outcome = await runSuite(parts.sandbox, parts.places, { ...run, ...(isAsked ? { files: asked } : {}) })
  }
  if (outcome.kind === 'broken')
    throw new Refusal(
      'failing_tests',
      `The tests do not run at HEAD beside a new test file: ${outcome.reason}`,
    )
  const { tests, success } = outcome.report
  // A run that names no test says nothing about names.
  return success && tests.length === 0 ? [...asked] : tests.map(({ file }) => file)
}
