// Baseline
//
// Measures the coverage of the tests at HEAD, and refuses a repository whose tests do not pass.

import type { Measurement, Survey } from '../../machines/index.ts'
import type { FileCoverages } from '../coverage.ts'
import { measureCommit } from '../measure-commit.ts'
import type { WorkspaceParts } from '../parts.ts'
import type { SuiteReport } from '../runners/runner.ts'
import { Refusal } from './refusal.ts'

export type BaselineOrder = Pick<Survey, 'head' | 'modules' | 'runner' | 'dependencies' | 'commands'>

const LIMIT_MS = 15 * 60_000
const MAX_NAMED = 10

export async function measureBaseline(
  parts: WorkspaceParts,
  order: BaselineOrder,
  signal: AbortSignal | undefined,
): Promise<Measurement> {
  const of = { measurable: order, commit: order.head, limitMs: LIMIT_MS, signal }
  const measured = await measureCommit(parts, of)
  switch (measured.kind) {
    case 'measured':
      if (measured.measurement.tests.passed === 0) throw noTests(order)
      tellLeftOut(parts, order, measured.kept.coverage)
      return measured.measurement
    case 'broken':
      throw new Refusal('failing_tests', `The tests do not run at HEAD: ${measured.reason}`)
    case 'failed':
      throw failing(measured.report, order)
    default:
      return measured satisfies never
  }
}

function tellLeftOut(parts: WorkspaceParts, order: BaselineOrder, coverage: FileCoverages): void {
  const files = order.modules.filter((path) => !(path in coverage))
  if (files.length === 0 || order.commands?.tests !== undefined) return
  parts.log('their coverage cannot be mapped, so no tests are written for them', { files })
}

function noTests({ runner, commands }: BaselineOrder): Refusal {
  const asked = commands?.tests?.run ?? runner
  const wayOut = "'commands: { tests: ... }' in canopy.yaml says how else they are run."
  return new Refusal('no_tests', `${asked} found no test at HEAD that is run and passes. ${wayOut}`)
}

function failing({ passed, failed, failures }: SuiteReport, order: BaselineOrder): Refusal {
  if (passed + failed === 0 && failures.length === 0) return noTests(order)
  const names = failures.slice(0, MAX_NAMED).map((test) => `\n  ${test.file}: ${test.name}`)
  const more = failures.length > MAX_NAMED ? `\n  and ${failures.length - MAX_NAMED} more` : ''
  const what = names.length > 0 ? names.join('') + more : ' an error outside of any test'
  return new Refusal('failing_tests', `Tests fail at HEAD. Make them pass first:${what}`)
}
