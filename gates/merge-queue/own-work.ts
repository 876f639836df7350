// Own work
//
// Owns:   what a submission of tests does by itself, whoever else is in the stack: a run of its own files only, and what
//         it adds to what the tip's tests reach.
//
// W1. Its gates look at that: what it is merged for is not what a neighbour in the stack does.
// W2. The same commit is run once: a search through a stack looks at it several times.

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
import type { GateParts, Subject } from '../gate.ts'
import { once } from '../subject.ts'
import type { Stacked } from './stack.ts'

const ownSchema = z.object({ coverage: z.custom<FileCoverages>() })

export interface OwnWork {
  /** What the gates of this submission look at. */
  readonly subject: Subject
  /** What its files reach; undefined when they did not pass. */
  reached(): Promise<FileCoverages | undefined>
}

/** `whole`: of the stack it is in. `tip`: what the tip's tests reach. */
export function ownWork(parts: GateParts, whole: Subject, one: Stacked, tip: FileCoverages): OwnWork {
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

/** One of the stack as its gates look at it: what it changes itself, in the tree of all. */
export function subjectOf({ clone }: GateParts, whole: Subject, { task, changes, commit }: Stacked): Subject {
  return { ...whole, task, changes, commit, files: once(() => readChanges(clone, { commit, changes })) }
}

/** The measurement with what these files are covered by. */
export function withCoverage(of: Measurement, survey: Survey, files: FileCoverages): Measurement {
  const modules = countModules(files, survey.modules)
  return {
    ...of,
    modules,
    branches: sum(modules.map(({ branches }) => branches)),
    statements: sum(modules.map(({ statements }) => statements)),
  }
}

function runOwn(parts: GateParts, { survey, root, limitMs, signal }: Subject, one: Stacked) {
  const files = one.changes.filter(({ status }) => status !== 'D').map(({ path }) => path)
  return runSuite(parts.sandbox, parts.places, { ...survey, root, files, timeoutMs: limitMs, signal })
}

/** W2. */
async function keepReached(
  parts: GateParts,
  { survey, root }: Subject,
  { task, submission }: Stacked,
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
