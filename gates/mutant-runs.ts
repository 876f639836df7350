// Mutant runs
//
// Runs test files against mutants one after the other and reports which tests failed.
// Leaves: choosing mutants (mutation.ts), the consequences (mutation.ts, seen-to-fail.ts).
//
// A mutant that makes the tests hang or crash is noticed, but by no particular test. Tests that fail without a mutant
// are not counted. Each mutant has its own checkout in which nothing ran before, so that no files of an earlier run
// affect it.

import type { Mutant } from '../machines/index.ts'
import {
  type FileCoverages,
  freshTrees,
  kindInside,
  relativeTo,
  replaceInside,
  runSuite,
  type SuiteOutcome,
  type TestResult,
} from '../workspace/index.ts'
import type { GateInput, GateParts } from './gate.ts'

export interface TrialOrder {
  readonly commit: string
  /** Test files; empty: all. */
  readonly files: readonly string[]
  /** Measures coverage of these modules. */
  readonly modules?: readonly string[]
  readonly most: number
  /** Unique among trials that run at the same time. */
  readonly name: string
}

/** The result of the tests on one mutant. */
export interface MutantResult {
  readonly isNoticed: boolean
  /** The failed tests; empty when all of them hung or crashed. */
  readonly failed: readonly TestResult[]
}

/** Test files that passed without a mutant, ready for mutants. */
export interface Trial {
  readonly success: boolean
  readonly tests: readonly TestResult[]
  readonly coverage: FileCoverages
  look(mutant: Mutant): Promise<MutantResult>
}

/** Runs the tests without a mutant, then calls back; returns the reason when they hang or crash. */
export async function withTrial<T>(
  parts: GateParts,
  subject: GateInput,
  order: TrialOrder,
  ask: (trial: Trial | string) => Promise<T>,
): Promise<T> {
  const { survey, signal, limitMs } = subject
  const { name, commit, most } = order
  const trees = freshTrees(parts, { ...survey, name, commit, signal }, most + 1)
  const next = async () => (await trees.next()).value as string
  try {
    const root = await next()
    const begun = performance.now()
    const first = await run(parts, subject, { ...order, root, timeoutMs: limitMs })
    if (first.kind === 'broken') return await ask(first.reason)
    const timeoutMs = Math.min(limitMs, 10_000 + 5 * (performance.now() - begun))
    const look = async (mutant: Mutant) => {
      const fresh = await next()
      await placeMutant(parts, fresh, mutant)
      return lookOf(await run(parts, subject, { files: order.files, root: fresh, timeoutMs }))
    }
    const { report } = first
    const coverage = relativeTo(root, report.coverage ?? {}, order.modules ?? [])
    return await ask({ success: report.success, tests: report.tests, coverage, look })
  } finally {
    await trees.return(undefined)
  }
}

function run(
  parts: GateParts,
  { survey, signal }: GateInput,
  order: { root: string; files: readonly string[]; modules?: readonly string[]; timeoutMs: number },
): Promise<SuiteOutcome> {
  const { modules: _, ...of } = survey
  const { root, files, modules, timeoutMs } = order
  const some = files.length === 0 ? {} : { files }
  const measured = modules === undefined ? {} : { modules }
  return runSuite(parts.sandbox, parts.places, { ...of, ...some, ...measured, root, timeoutMs, signal })
}

function lookOf(outcome: SuiteOutcome): MutantResult {
  if (outcome.kind === 'broken') return { isNoticed: true, failed: [] }
  const { success, tests } = outcome.report
  return { isNoticed: !success, failed: tests.filter(({ status }) => status === 'failed') }
}

async function placeMutant({ places }: GateParts, root: string, { path, text }: Mutant): Promise<void> {
  const { kind } = await kindInside(root, path)
  if (kind !== 'file') throw new Error(`${path} cannot be changed: it is not a file in the commit`)
  await replaceInside(root, path, { bytes: Buffer.from(text), mode: 0o644, spare: places.scratch })
}

/** Lines of a file that the tests run. */
export function reachedLines(coverage: FileCoverages, path: string): Set<number> {
  const file = coverage[path]
  const lines = new Set<number>()
  for (const [id, count] of Object.entries(file?.s ?? {})) {
    const place = file?.statementMap[id]
    if (place === undefined || count === 0) continue
    for (let line = place.start.line; line <= place.end.line; line++) lines.add(line)
  }
  for (const [id, count] of Object.entries(file?.s ?? {})) {
    const place = file?.statementMap[id]
    if (place !== undefined && count === 0 && place.start.line === place.end.line)
      lines.delete(place.start.line)
  }
  return lines
}
