// Test script
//
// Runs whatever `npm test` runs, as a shell would: the exit code says whether the tests pass. Single results are read
// from TAP and JUnit XML where the tests write it. V8 counts the coverage of each Node process; a module that the script
// itself measures (lcov, istanbul's JSON) has the script's counts.

import { REPORTS_VARIABLE } from '../../machines/index.ts'
import type { FileCoverages } from '../coverage.ts'
import { lastWords } from '../suite-words.ts'
import { listInside, readTextInside } from '../worktree-files.ts'
import { countIn } from './command.ts'
import { isJunit, readJunit } from './junit-report.ts'
import { readIstanbul, readLcov } from './lcov.ts'
import { countedEnv, reportOf, withCounted } from './line-report.ts'
import { MAX_COUNTED_BYTES, MAX_REPORT_BYTES } from './report-text.ts'
import type { Runner, RunnerCommand, SuiteReport, SuiteRequest } from './runner.ts'
import { readManifest } from './script.ts'
import { ISTANBUL, JUNIT, LCOV, withCoverageKept, withReports } from './script-reports.ts'
import { isTap, readTap } from './tap-report.ts'
import { type TestPart, testPlan } from './test-plan.ts'

const SPOKEN = 'canopy-probe-ran:'

export const testScript: Runner = {
  /** It tells that it runs in any program that runs it. */
  probe: (_load, path) => `process.stderr.write('${SPOKEN}${path}\\n')\n`,
  list: async (places) => ({ argv: ['/bin/sh', '-c', `exec 2>&1; ${await lineOf(places)}`] }),
  listed: (_root, stdout) =>
    stdout.split('\n').flatMap((line) => (line.includes(SPOKEN) ? (line.split(SPOKEN)[1] ?? '').trim() : [])),
  command: async (request): Promise<RunnerCommand> => {
    const isMeasured = request.modules !== undefined
    const line = await lineOf(request, (raws) => withReports(raws, isMeasured))
    return {
      argv: ['/bin/sh', '-c', isMeasured ? withCoverageKept(line) : line],
      env: { ...countedEnv(request), [REPORTS_VARIABLE]: request.out },
    }
  },
  read: async (request, ending) => {
    const success = ending.code === 0
    const report = (await namedResults(request, ending)) ?? (await unnamed(request, ending))
    // Results that contradict the exit code are not believed.
    const isPlain = success === report.failures.length > 0
    const told = isPlain ? await unnamed(request, ending) : report
    const { coverage, ...counted } = await withCounted(request, told)
    return coverage === undefined
      ? counted
      : { ...counted, coverage: { ...coverage, ...(await own(request)) } }
  },
}

/** The coverage that the script itself measured; empty without a readable report. */
async function own({ root, out }: SuiteRequest): Promise<FileCoverages> {
  const [lcov, istanbul] = await Promise.all(
    [LCOV, ISTANBUL].map((name) => readTextInside(out, name, MAX_COUNTED_BYTES)),
  )
  return {
    ...(lcov === undefined ? {} : readLcov(root, lcov)),
    ...(istanbul === undefined ? {} : readIstanbul(root, istanbul)),
  }
}

type Words = readonly string[]

async function lineOf(
  { root, part }: Pick<SuiteRequest, 'root' | 'part'>,
  more: (raws: Words) => Words = (raws) => raws,
): Promise<string> {
  const tests = part === undefined ? testPlan(await readManifest(root)).tests : [part]
  return tests.length === 0 ? 'npm test' : tests.map((each) => lineOfPart(each, more)).join(' && ')
}

/** Without the wrappers of a program that is no known runner: V8 counts instead of them. */
function lineOfPart(part: TestPart, more: (raws: Words) => Words): string {
  if (part.runner !== 'script' || part.words.length === 0) return `{ ${part.line}\n}`
  const variables = Object.entries(part.env).map(
    ([name, value]) => `${name}='${value.replaceAll("'", "'\\''")}'`,
  )
  return [...variables, ...more(part.words.map(({ raw }) => raw))].join(' ')
}

type Exit = Parameters<Runner['read']>[1]

async function namedResults(request: SuiteRequest, ending: Exit): Promise<SuiteReport | undefined> {
  const success = ending.code === 0
  if (isTap(ending.stdout)) {
    const results = readTap(ending.stdout)
    const named = results.map(({ groups, name, ...one }) => ({
      ...one,
      file: '',
      name: [...groups, name].join(' '),
    }))
    if (named.length > 0) return reportOf(named, success)
  }
  const results = (await junitOf(request)) ?? (await junitIn(request.root))
  return results.length > 0 ? reportOf(results, success) : undefined
}

async function unnamed(request: SuiteRequest, ending: Exit): Promise<SuiteReport> {
  const success = ending.code === 0
  const passed = success ? countIn(`${ending.stdout}\n${ending.stderr}`) : 0
  const failures = success ? [] : [{ file: '', name: await lineOf(request), message: lastWords(ending) }]
  return { success, passed, failed: failures.length, skipped: 0, failures, tests: [] }
}

/** That of a program which writes it when asked. */
async function junitOf({ root, out }: SuiteRequest) {
  const text = await readTextInside(out, JUNIT, MAX_REPORT_BYTES)
  return text !== undefined && isJunit(text) ? readJunit(root, text) : undefined
}

const PLACES = ['', 'reports', 'test-results', 'junit']

/** Reports in the usual places of a new worktree were written by this run. */
async function junitIn(root: string) {
  for (const folder of PLACES)
    for (const name of (await listInside(root, folder).catch(() => undefined)) ?? []) {
      if (!/(junit|test-?results?|TEST-.*)\.?.*\.xml$/i.test(name)) continue
      const text = await readTextInside(root, folder === '' ? name : `${folder}/${name}`, MAX_REPORT_BYTES)
      if (text !== undefined && isJunit(text)) return readJunit(root, text)
    }
  return []
}
