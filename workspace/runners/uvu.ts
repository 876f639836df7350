// Uvu
//
// Uvu's options. Its tests keep their order: the suites of a file may build on each other.

import { stripVTControlCharacters } from 'node:util'
import { readLineReport, recordedEnv } from './line-report.ts'
import { ownCommand } from './own-command.ts'
import { RECORDERS, recorder } from './recorder.ts'
import type { LoadStyle, Runner, RunnerCommand } from './runner.ts'

const WORDS = {
  valued: /^(-i|--ignore|-r|--require|-C|--cwd)$/,
  dropped: /^(-b|--bail|-c|--color)$/,
}

const head = (load: LoadStyle) =>
  load === 'require' ? "const { test } = require('uvu')\n" : "import { test } from 'uvu'\n"

export const uvu: Runner = {
  package: 'uvu',
  probe: (load) => `${head(load)}test('probe', () => {})\ntest.run()\n`,
  frame: (load) => ({
    head: `${head(load)}const it = test
const equal = (actual, expected) => {
  if (!Object.is(actual, expected)) throw new Error('expected ' + expected + ', got ' + actual)
}
`,
    foot: 'test.run()\n',
  }),
  command: async (request): Promise<RunnerCommand> => ({
    argv: await ownCommand(request, {
      ...{ runner: 'uvu', rules: WORDS },
      node: ['--import', recorder('uvu.mjs')],
      named: (files) => ['.', patternOf(files)],
    }),
    readable: [RECORDERS],
    env: recordedEnv(request),
  }),
  read: async (request, ending) => {
    const report = await readLineReport(request, ending)
    if (report === undefined || report.tests.length > 0 || ending.code !== 0) return report
    // A loader such as esm takes uvu from another place: only its own counts are known.
    const plain = stripVTControlCharacters(ending.stdout)
    const count = (what: string) => Number(new RegExp(`${what}:\\s+(\\d+)`).exec(plain)?.[1] ?? 0)
    return { ...report, passed: count('Passed'), skipped: count('Skipped') }
  },
}

/** A pattern of exactly these paths. */
function patternOf(files: readonly string[]): string {
  return `^(${files.map((file) => file.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|')})$`
}
