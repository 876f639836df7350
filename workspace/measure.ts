// Measure
//
// Measures which parts of its modules the tests of a commit reach; the same tree is measured once.
//
// Stored under the tree, the modules and the dependencies, so it is never stale. A run with a failed test is not
// stored: the failure may be chance.

import { join } from 'node:path'
import { z } from 'zod'
import { type Measurement, measurementSchema, type Survey } from '../machines/index.ts'
import { countModules, type FileCoverages, relativeTo, sum } from './coverage.ts'
import { fingerprint } from './dependencies.ts'
import { readJson, writeJson } from './durable-file.ts'
import { type DataPlaces, digest } from './places.ts'
import type { SuiteReport, TestResult } from './runners/runner.ts'

const FORMAT = 'measurement-2'

export type Measurable = Pick<Survey, 'runner' | 'modules' | 'dependencies' | 'commands' | 'node' | 'setup'>

const keptSchema = z.object({
  measurement: measurementSchema,
  coverage: z.custom<FileCoverages>(),
  /** Each test of the run; empty when the runner names none. */
  tests: z.array(z.custom<TestResult>()),
  /** Duration of the run in milliseconds. */
  ms: z.number(),
})
export type KeptMeasurement = z.infer<typeof keptSchema>

export async function keptMeasurement(
  places: DataPlaces,
  survey: Measurable,
  tree: string,
): Promise<KeptMeasurement | undefined> {
  return keptSchema.safeParse(await readJson(await place(places, survey, tree))).data
}

/** Folds a report into a measurement and stores it, unless a test failed. */
export async function keepMeasurement(
  places: DataPlaces,
  survey: Measurable,
  of: { tree: string; root: string; report: SuiteReport; ms: number },
): Promise<KeptMeasurement> {
  const kept = fold(survey, of)
  if (of.report.success) await writeJson(await place(places, survey, of.tree), kept)
  return kept
}

function fold(
  survey: Measurable,
  of: { tree: string; root: string; report: SuiteReport; ms: number },
): KeptMeasurement {
  const coverage = relativeTo(of.root, of.report.coverage ?? {}, survey.modules)
  const modules = countModules(coverage, survey.modules)
  const { passed, failed, skipped } = of.report
  const measurement: Measurement = {
    tree: of.tree,
    branches: sum(modules.map((module) => module.branches)),
    statements: sum(modules.map((module) => module.statements)),
    modules,
    tests: { passed, failed, skipped },
  }
  return { measurement, coverage, tests: [...of.report.tests], ms: of.ms }
}

async function place(places: DataPlaces, survey: Measurable, tree: string): Promise<string> {
  const key = digest(
    FORMAT,
    tree,
    survey.runner,
    await fingerprint(survey.dependencies),
    survey.node?.version ?? process.version,
    ...(survey.setup ?? []),
    ...(survey.commands?.tests === undefined ? [] : [JSON.stringify(survey.commands.tests)]),
    ...survey.modules,
  )
  return join(places.measurements, `${key}.json`)
}
