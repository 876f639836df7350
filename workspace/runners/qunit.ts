// QUnit
//
// QUnit's options.

import { readLineReport, recordedEnv } from './line-report.ts'
import { ownCommand } from './own-command.ts'
import { RECORDERS, recorder } from './recorder.ts'
import type { Runner, RunnerCommand } from './runner.ts'

const WORDS = {
  valued: /^(-f|--filter|-m|--module|-r|--reporter|--require|--seed)$/,
  dropped: /^(-r|--reporter|-w|--watch|--seed)$/,
}

export const qunit: Runner = {
  package: 'qunit',
  probe: () => "QUnit.test('probe', (assert) => assert.ok(true))\n",
  frame: () => ({
    head: `let asserting
const equal = (actual, expected) => asserting.strictEqual(actual, expected)
const it = (name, run) => QUnit.test(name, (assert) => { asserting = assert; assert.expect(1); run() })
`,
  }),
  command: async (request): Promise<RunnerCommand> => {
    const { seed, testLimitMs } = request
    const options = [
      ...['--require', recorder('qunit.cjs'), '--reporter', 'tap'],
      ...(seed === undefined ? [] : ['--seed', `${seed}`]),
    ]
    return {
      argv: await ownCommand(request, { runner: 'qunit', rules: WORDS, options }),
      readable: [RECORDERS],
      env: {
        ...recordedEnv(request),
        ...(testLimitMs === undefined ? {} : { CANOPY_TEST_LIMIT_MS: `${testLimitMs}` }),
      },
    }
  },
  read: readLineReport,
}
