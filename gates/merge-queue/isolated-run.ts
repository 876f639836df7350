// Isolated run
//
// Runs a submission of tests by itself, without the others in the batch: only its own files, and their gain over the
// tip's coverage.
//
// Its gates read that run, so that it is never merged because of another submission in the batch.
// W2. The same commit is run once: the search through a batch needs it several times.

import { join } from 'node:path'
import { z } from 'zod'
import type { Measurement, Survey } from '../../machines/index.ts'
import {
  countModules,
  digest,
  type FileCoverages,
  readJson,
  relativeTo,
  runSuite,
  type SuiteOutcome,
  sum,
  union,
  writeJson,
} from '../../workspace/index.ts'
import { readChanges } from '../changed-files.ts'
import type { GateInput, GateParts } from '../gate.ts'
import { once } from '../gate-input.ts'
import type { BatchEntry } from './batch.ts'

const ownSchema = z.object({ coverage: z.custom<FileCoverages>() })

export interface IsolatedRun {
  /** The input of this submission's gates. */
  readonly subject: GateInput
  /** Coverage of its files; undefined when they did not pass. */
  reached(): Promise<FileCoverages | undefined>
}

/** `whole`: the input of its batch. `tip`: coverage of the tip's tests. */
export function isolatedRun(
  parts: GateParts,
  whole: GateInput,
  one: BatchEntry,
  tip: FileCoverages,
): IsolatedRun {
  const { survey } = whole
  const suite = once(() => runOwn(parts, whole, one))
  const reached = once(() => keepReached(parts, whole, one, suite))
  const coverage = async () => {
    const own = await reached()
    return own && union(tip, own)
  }
  const measurement = async () => {
    const all = await coverage()
    return all && withCoverage(whole.before, survey, all)
  }
  return { reached, subject: { ...subjectOf(parts, whole, one), suite, measurement, coverage } }
}

/** Input of one submission's gates: its own changes, in the tree of all. */
export function subjectOf(
  { clone }: GateParts,
  whole: GateInput,
  { task, changes, commit }: BatchEntry,
): GateInput {
  return { ...whole, task, changes, commit, files: once(() => readChanges(clone, { commit, changes })) }
}

/** The measurement with the coverage of these files added. */
export function withCoverage(of: Measurement, survey: Survey, files: FileCoverages): Measurement {
  const modules = countModules(files, survey.modules)
  return {
    ...of,
    modules,
    branches: sum(modules.map(({ branches }) => branches)),
    statements: sum(modules.map(({ statements }) => statements)),
  }
}

function runOwn(parts: GateParts, { survey, root, limitMs, signal }: GateInput, one: BatchEntry) {
  const files = one.changes.filter(({ status }) => status !== 'D').map(({ path }) => path)
  return runSuite(parts.sandbox, parts.places, { ...survey, root, files, timeoutMs: limitMs, signal })
}

/** W2. */
async function keepReached(
  parts: GateParts,
  { survey, root }: GateInput,
  { task, submission }: BatchEntry,
  run: () => Promise<SuiteOutcome>,
): Promise<FileCoverages | undefined> {
  const name = digest('own', survey.head, task.id, submission.commit)
  const place = join(parts.places.outcomes, `${name}.json`)
  const kept = ownSchema.safeParse(await readJson(place)).data
  if (kept) return kept.coverage
  const outcome = await run()
  if (outcome.kind === 'broken' || !outcome.report.success || outcome.report.passed === 0) return undefined
  const coverage = relativeTo(root, outcome.report.coverage ?? {}, survey.modules)
  await writeJson(place, { coverage })
  return coverage
}
