// Command
//
// Runs a repository's tests with its own command, in any language, and reads the reports that it writes: coverage, and
// the result of each test.
//
// The exit code says whether the tests pass. Without a report of results their number is read from the output where its
// form is known, and is 1 otherwise.

import { type CommandSettings, nameInReports, REPORTS_VARIABLE } from '../../machines/index.ts'
import type { FileCoverages } from '../coverage.ts'
import { lastWords } from '../suite-words.ts'
import { FileRefused, readTextInside, removeInside } from '../worktree-files.ts'
import { isJunit, readJunit } from './junit-report.ts'
import { readIstanbul, readLcov } from './lcov.ts'
import { reportOf } from './line-report.ts'
import { MAX_REPORT_BYTES, refuseTests } from './report-text.ts'
import type { Runner, SuiteReport, SuiteRequest } from './runner.ts'

export type TestsCommand = NonNullable<CommandSettings['tests']>

type Exit = Parameters<Runner['read']>[1]

export function commandRunner(tests: TestsCommand): Runner {
  const { run, some, coverage, results } = tests
  return {
    probe: () => '',
    command: async ({ root, out, files }) => {
      // A report of an earlier run would be read as this run's.
      for (const path of [coverage, results])
        if (path !== undefined && nameInReports(path) === undefined) await removeInside(root, path)
      const line =
        files !== undefined && some !== undefined
          ? some.replaceAll('{files}', files.map(quoted).join(' '))
          : run
      return { argv: ['/bin/sh', '-c', line], env: { [REPORTS_VARIABLE]: out } }
    },
    read: async (request, ending) => {
      const named = results === undefined ? undefined : await namedResults(request, results, ending)
      const report = named ?? unnamed(run, ending)
      const map = coverage === undefined ? {} : await coverageIn(request, coverage)
      return { ...report, coverage: map }
    },
  }
}

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`

function unnamed(run: string, ending: Exit): SuiteReport {
  const success = ending.code === 0
  const passed = success ? countIn(`${ending.stdout}\n${ending.stderr}`) : 0
  const failures = success ? [] : [{ file: '', name: run, message: lastWords(ending) }]
  return { success, passed, failed: failures.length, skipped: 0, failures, tests: [] }
}

/** Undefined when there is no report, or when it contradicts the exit code. */
async function namedResults(
  request: SuiteRequest,
  path: string,
  ending: Exit,
): Promise<SuiteReport | undefined> {
  const text = await textOf(request, path, MAX_REPORT_BYTES)
  if (text === undefined || !isJunit(text)) return undefined
  const tests = readJunit(request.root, text)
  refuseTests(tests.length)
  if (tests.length === 0) return undefined
  const report = reportOf(tests, ending.code === 0)
  return report.success === report.failures.length > 0 ? undefined : report
}

/** The number of passed tests that a runner's last lines give; 1 when they give none. */
export function countIn(words: string): number {
  const found = /\bRan (\d+) tests?\b|\b(\d+) (?:passed|passing)\b|^# pass (\d+)$/m.exec(words)
  return Number(found?.slice(1).find(Boolean) ?? 1)
}

const MAX_BYTES = 64 * 1024 * 1024

/** Empty without a readable report: then nothing is reached. */
async function coverageIn(request: SuiteRequest, path: string): Promise<FileCoverages> {
  const text = await textOf(request, path, MAX_BYTES)
  if (text === undefined) return {}
  return text.trimStart().startsWith('{') ? readIstanbul(request.root, text) : readLcov(request.root, text)
}

/** Undefined for a report that is missing or cannot be read. */
async function textOf({ root, out }: SuiteRequest, path: string, most: number): Promise<string | undefined> {
  const name = nameInReports(path)
  const reading = name === undefined ? readTextInside(root, path, most) : readTextInside(out, name, most)
  return reading.catch(nothingIfRefused)
}

function nothingIfRefused(error: unknown): undefined {
  if (!(error instanceof FileRefused)) throw error
}
