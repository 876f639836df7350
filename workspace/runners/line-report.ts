// Line report
//
// Reads the reports that Canopy's own reporters write: one line of JSON for each test.
// Leaves: writing them (recorders/, inside the sandbox).

import { join, relative } from 'node:path'
import { z } from 'zod'
import { readTextInside } from '../worktree-files.ts'
import { MAX_REPORT_BYTES, parseReport, refuseTests } from './report-text.ts'
import type { FailedTest, Runner, SuiteReport, SuiteRequest, TestResult } from './runner.ts'
import { readV8Coverage } from './v8-coverage.ts'

const lineSchema = z.object({
  passed: z.boolean(),
  name: z.string(),
  /** Absolute, or relative to the worktree. */
  file: z.string().nullish(),
  skip: z.unknown().optional(),
  todo: z.unknown().optional(),
  message: z.string().nullish(),
})
type ReportLine = z.infer<typeof lineSchema>

const REPORT = 'report.jsonl'
const COUNTED = 'v8'

export const lineReportFile = ({ out }: Pick<SuiteRequest, 'out'>) => join(out, REPORT)

/** Variables of a run whose reporter is one of Canopy's, and in which V8 counts. */
export function recordedEnv(request: SuiteRequest): Record<string, string> {
  return { CANOPY_REPORT: lineReportFile(request), ...countedEnv(request) }
}

export function countedEnv({ out, modules }: SuiteRequest): Record<string, string> {
  return modules === undefined ? {} : { NODE_V8_COVERAGE: join(out, COUNTED) }
}

export const readLineReport: Runner['read'] = async (request, ending) => {
  const text = await readTextInside(request.out, REPORT, MAX_REPORT_BYTES)
  if (text === undefined) return undefined
  const told = text.split('\n').filter(Boolean)
  // It ended before the first test: its output says why.
  if (told.length === 0 && ending.code !== 0) return undefined
  refuseTests(told.length)
  const lines = told.map((line) => lineSchema.parse(parseReport(line)))
  return withCounted(request, fold(request.root, lines, ending.code === 0))
}

/** The report with V8's counts, if they were asked for. */
export async function withCounted(request: SuiteRequest, report: SuiteReport): Promise<SuiteReport> {
  if (request.modules === undefined) return report
  const counted = { out: request.out, folder: COUNTED }
  return { ...report, coverage: await readV8Coverage(request.root, counted, request.modules) }
}

function fold(root: string, lines: readonly ReportLine[], success: boolean): SuiteReport {
  const results = lines.map((line): TestResult & { message: string } => {
    const file = line.file?.startsWith('/') ? relative(root, line.file) : (line.file ?? '')
    return { file, name: line.name, status: statusOf(line), message: line.message ?? '' }
  })
  return reportOf(results, success)
}

/** A report of these results; one of success has no failure. */
export function reportOf(
  results: readonly (TestResult & { readonly message: string })[],
  success: boolean,
): SuiteReport {
  const tests = results.map(({ file, name, status }): TestResult => ({ file, name, status }))
  const count = (status: TestResult['status']) => tests.filter((test) => test.status === status).length
  const failures = results
    .filter(({ status }) => status === 'failed')
    .map(({ file, name, message }): FailedTest => ({ file, name, message }))
  return {
    success,
    passed: count('passed'),
    failed: failures.length,
    skipped: count('skipped'),
    failures,
    tests,
  }
}

function statusOf({ skip, todo, passed }: ReportLine): TestResult['status'] {
  if (isSet(skip) || isSet(todo)) return 'skipped'
  return passed ? 'passed' : 'failed'
}

function isSet(mark: unknown): boolean {
  return mark !== undefined && mark !== null && mark !== false
}
