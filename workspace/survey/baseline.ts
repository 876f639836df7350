// Baseline
//
// Measures the coverage of the tests at HEAD, and refuses a repository whose tests do not pass.

import type { Measurement, Survey } from '../../machines/index.ts'
import type { FileCoverages } from '../coverage.ts'
import { measureCommit } from '../measure-commit.ts'
import type { WorkspaceParts } from '../parts.ts'
import type { SuiteReport } from '../runners/runner.ts'
import { checkoutDifferences } from './checkout-differences.ts'
import { FailingTests, namedFailures } from './failing-tests.ts'
import { Refusal } from './refusal.ts'

export type BaselineOrder = Pick<
  Survey,
  'head' | 'modules' | 'runner' | 'dependencies' | 'commands' | 'node' | 'python' | 'setup'
>

const LIMIT_MS = 15 * 60_000

export interface Baseline {
  readonly measurement: Measurement
  /** Modules whose coverage cannot be mapped to their source. */
  readonly leftOut: readonly string[]
}

export async function measureBaseline(
  parts: WorkspaceParts,
  order: BaselineOrder,
  signal: AbortSignal | undefined,
): Promise<Baseline> {
  const of = { measurable: order, commit: order.head, limitMs: LIMIT_MS, signal }
  const first = await measureCommit(parts, of)
  // On a busy machine tests that depend on time fail now and then: a second run decides.
  const isAgain = first.kind === 'failed' && first.report.failed < first.report.passed
  const measured = isAgain ? await measureCommit(parts, of) : first
  switch (measured.kind) {
    case 'measured':
      if (measured.measurement.tests.passed === 0) throw noTests(order)
      return { measurement: measured.measurement, leftOut: leftOutOf(parts, order, measured.kept.coverage) }
    case 'broken': {
      const { reason: said } = measured
      const what = `The tests do not run at HEAD in a fresh checkout: ${said}`
      const differences = await checkoutDifferences(parts, { ...order, said, files: [] })
      throw new FailingTests(what, said, differences, false)
    }
    case 'failed':
      throw await failing(parts, measured.report, order)
    default:
      return measured satisfies never
  }
}

/** Modules that ran as another code, without a map that leads back to them. */
function leftOutOf(parts: WorkspaceParts, order: BaselineOrder, coverage: FileCoverages): string[] {
  if (order.commands?.tests !== undefined) return []
  const files = order.modules.filter((path) => !(path in coverage))
  if (files.length > 0)
    parts.log('their coverage cannot be mapped, so no tests are written for them', { files })
  return files
}

function noTests({ runner, commands }: BaselineOrder): Refusal {
  const asked = commands?.tests?.run ?? runner
  const wayOut = "'commands: { tests: ... }' in canopy.yaml says how else they are run."
  return new Refusal('no_tests', `${asked} found no test at HEAD that is run and passes. ${wayOut}`)
}

async function failing(parts: WorkspaceParts, report: SuiteReport, order: BaselineOrder): Promise<Refusal> {
  const { passed, failed, failures } = report
  if (passed + failed === 0 && failures.length === 0) return noTests(order)
  const said = [...failures.map(({ message }) => message), report.said ?? ''].join('\n')
  const files = [...new Set(failures.map(({ file }) => file).filter(Boolean))]
  const what = `Tests fail at HEAD in a fresh checkout (${failed} failed, ${passed} passed):${namedFailures(report)}`
  return new FailingTests(what, said, await checkoutDifferences(parts, { ...order, said, files }))
}
