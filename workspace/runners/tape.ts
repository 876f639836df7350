// Tape
//
// Tape's options. Its tests keep their order: they may build on each other.

import { readLineReport, recordedEnv } from './line-report.ts'
import { ownCommand } from './own-command.ts'
import { RECORDERS, recorder } from './recorder.ts'
import type { Runner, RunnerCommand } from './runner.ts'

const WORDS = {
  valued: /^(-r|--require|-i|--ignore|--ignore-pattern)$/,
  dropped: /^$/,
}

export const tape: Runner = {
  package: 'tape',
  probe: (load) =>
    `${load === 'require' ? "const test = require('tape')" : "import test from 'tape'"}\ntest('probe', (t) => { t.pass(); t.end() })\n`,
  frame: (load) => ({
    head: `${load === 'require' ? "const test = require('tape')" : "import test from 'tape'"}
let asserting
const equal = (actual, expected) => asserting.equal(actual, expected)
const it = (name, run) =>
  test(name, (t) => {
    asserting = t
    try { run() } catch (error) { t.fail(error) }
    t.end()
  })
`,
  }),
  command: async (request): Promise<RunnerCommand> => ({
    argv: await ownCommand(request, {
      ...{ runner: 'tape', rules: WORDS },
      node: ['--require', recorder('tape.cjs')],
    }),
    readable: [RECORDERS],
    env: recordedEnv(request),
  }),
  read: readLineReport,
}
