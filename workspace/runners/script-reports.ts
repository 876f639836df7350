// Script reports
//
// Makes a test script leave reports in the folder of a run: options for programs that write them when asked, and copies of
// the coverage that the script itself writes in the usual places.
// Leaves: reading them (test-script.ts).

import { REPORTS_VARIABLE } from '../../machines/index.ts'
import { programOf } from './script-parts.ts'

export const JUNIT = 'junit.xml'
export const LCOV = 'lcov.info'
export const ISTANBUL = 'coverage-final.json'

const OUT = `"$${REPORTS_VARIABLE}"`

interface ReportOptions {
  readonly results: string
  readonly coverage: string
}

/** Behind `PROGRAM test`. */
const OPTIONS: Readonly<Record<string, ReportOptions>> = {
  bun: {
    results: `--reporter=junit --reporter-outfile=${OUT}/${JUNIT}`,
    coverage: `--coverage --coverage-reporter=lcov --coverage-dir=${OUT}`,
  },
  deno: { results: `--junit-path=${OUT}/${JUNIT}`, coverage: `--coverage=${OUT}/deno` },
}

/** The words of a command, as they are written, with options for its reports behind the first two. */
export function withReports(raws: readonly string[], isMeasured: boolean): string[] {
  const [program = '', verb, ...rest] = raws
  const options = verb === 'test' ? OPTIONS[programOf(program)] : undefined
  if (verb === undefined || options === undefined) return [...raws]
  return [program, verb, options.results, ...(isMeasured ? [options.coverage] : []), ...rest]
}

/**
 * The line, and copies of the coverage that is not older than its start (file systems tell times in steps of
 * milliseconds); its exit code is that of the line.
 */
export function withCoverageKept(line: string): string {
  const copies = [LCOV, ISTANBUL].map(
    (name) =>
      `[ -f coverage/${name} ] && ! [ coverage/${name} -ot ${OUT}/begun ] && cp coverage/${name} ${OUT}/`,
  )
  const deno = `[ -d ${OUT}/deno ] && deno coverage ${OUT}/deno --lcov --output=${OUT}/${LCOV} >/dev/null 2>&1`
  return `: > ${OUT}/begun; ( ${line}\n); status=$?; ${[...copies, deno].join('; ')}; exit $status`
}
