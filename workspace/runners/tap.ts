// Tap
//
// Tap's options, since version 16.
//
// A test is a named subtest; its assertions are one result.

import { atLeast, installedVersion, type PackagePlaces } from './installed-package.ts'
import { countedEnv, reportOf, withCounted } from './line-report.ts'
import { ownCommand } from './own-command.ts'
import type { LoadStyle, Runner, RunnerCommand } from './runner.ts'
import { readTap, type TapResult, withPoint } from './tap-report.ts'

const WORDS = {
  valued:
    /^(-R|--reporter|-j|--jobs|-t|--timeout|-f|--reporter-file|--coverage-report|--coverage-map|--only|--plugin|--include|--exclude|--grep|-g|--node-arg|--test-arg|--test-env|--before|--after|--files|--nyc-arg)$/,
  dropped:
    /^(-R|--reporter|-f|--reporter-file|-w|--watch|-b|--bail|--coverage-report|--coverage-map|--cov|--no-cov|--coverage|--no-coverage|--100|--check-coverage|--no-check-coverage|--show-full-coverage|--allow-incomplete-coverage|--allow-empty-coverage|--disable-coverage|--branches|--lines|--functions|--statements|--color|--no-color|-c|-C)$/,
}

const head = (load: LoadStyle) =>
  load === 'require' ? "const tap = require('tap')\n" : "import tap from 'tap'\n"

export const tap: Runner = {
  package: 'tap',
  probe: (load) => `${head(load)}tap.test('probe', (t) => { t.pass(); t.end() })\n`,
  frame: (load) => ({
    head: `${head(load)}let asserting
const equal = (actual, expected) => asserting.equal(actual, expected)
const it = (name, run) => tap.test(name, (t) => { asserting = t; run(); t.end() })
`,
  }),
  command: async (request): Promise<RunnerCommand> => {
    const { testLimitMs } = request
    const limit = testLimitMs === undefined ? [] : [`--timeout=${Math.ceil(testLimitMs / 1000)}`]
    const options = ['--reporter=tap', ...(await withoutCoverage(request)), ...limit]
    return {
      argv: await ownCommand(request, { runner: 'tap', rules: WORDS, options }),
      env: countedEnv(request),
    }
  },
  read: async (request, ending) => {
    const results = readTap(ending.stdout)
    if (results.length === 0) return undefined
    return withCounted(request, reportOf(testsOf(results), ending.code === 0))
  },
}

async function withoutCoverage(places: PackagePlaces): Promise<string[]> {
  return atLeast(await installedVersion(places, 'tap'), 18) ? ['--disable-coverage'] : ['--no-coverage']
}

function testsOf(results: readonly TapResult[]) {
  const tests = new Map<
    string,
    { file: string; name: string; status: TapResult['status']; message: string }
  >()
  for (const { groups, ...point } of results) {
    const [file = '', ...around] = groups
    const name = around.length > 0 ? around.join(' ') : point.name
    const key = `${file}\n${name}`
    const before = tests.get(key) ?? { file, name, status: 'skipped' as const, message: '' }
    tests.set(key, withPoint(before, point))
  }
  return [...tests.values()]
}
