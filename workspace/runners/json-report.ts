// JSON report
//
// Reads the report format that jest defined and vitest writes, too.

import { join, relative } from 'node:path'
import { z } from 'zod'
import { readTextInside } from '../worktree-files.ts'
import { MAX_REPORT_BYTES, parseReport, refuseTests } from './report-text.ts'
import type { FailedTest, SuiteReport, SuiteRequest, TestResult } from './runner.ts'

const assertionSchema = z.object({
  status: z.string(),
  fullName: z.string().default(''),
  title: z.string().default(''),
  failureMessages: z.array(z.string()).nullish(),
})

const reportSchema = z.object({
  success: z.boolean(),
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numTotalTests: z.int(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().nullish(),
      assertionResults: z.array(assertionSchema).default([]),
    }),
  ),
})

type JsonReport = z.infer<typeof reportSchema>

const REPORT = 'report.json'
const COVERAGE = 'coverage'

export const reportFile = (request: SuiteRequest) => join(request.out, REPORT)
export const coverageFolder = (request: SuiteRequest) => join(request.out, COVERAGE)

export async function readJsonReport(request: SuiteRequest): Promise<SuiteReport | undefined> {
  const read = (path: string) => readTextInside(request.out, path, MAX_REPORT_BYTES)
  const text = await read(REPORT)
  if (text === undefined) return undefined
  const report = reportSchema.parse(parseReport(text))
  refuseTests(report.testResults.reduce((sum, { assertionResults }) => sum + assertionResults.length, 0))
  const tests = resultsOf(request.root, report)
  const passed = passedIn(report, tests)
  const coverage = request.modules && (await read(`${COVERAGE}/coverage-final.json`))
  return {
    success: report.success,
    passed,
    failed: report.numFailedTests,
    skipped: report.numTotalTests - passed - report.numFailedTests,
    failures: failuresOf(request.root, report),
    tests,
    ...(coverage === undefined
      ? {}
      : { coverage: parseReport(coverage) as NonNullable<SuiteReport['coverage']> }),
  }
}

/** Older versions of vitest count tests that were skipped as passed. */
function passedIn(
  { numPassedTests, numFailedTests, numTotalTests }: JsonReport,
  tests: TestResult[],
): number {
  const skipped = tests.filter(({ status }) => status === 'skipped').length
  return numPassedTests === numTotalTests - numFailedTests ? numPassedTests - skipped : numPassedTests
}

function resultsOf(root: string, report: JsonReport): TestResult[] {
  return report.testResults.flatMap((file) =>
    file.assertionResults.map(({ fullName, title, status }) => ({
      file: relative(root, file.name),
      name: fullName || title,
      status: status === 'passed' || status === 'failed' ? status : 'skipped',
    })),
  )
}

function failuresOf(root: string, report: JsonReport): FailedTest[] {
  return report.testResults.flatMap((file) => {
    const path = relative(root, file.name)
    const tests = file.assertionResults
      .filter((test) => test.status === 'failed')
      .map((test) => ({
        file: path,
        name: test.fullName || test.title,
        message: (test.failureMessages ?? []).join('\n'),
      }))
    const whole = file.status === 'failed' && tests.length === 0
    return whole ? [{ file: path, name: '(the whole file)', message: file.message ?? '' }] : tests
  })
}
