// QUnit
//
// QUnit's options.

import { installedBin } from './installed-bin.ts'
import { readLineReport, recordedEnv } from './line-report.ts'
import { ownWords } from './own-words.ts'
import { RECORDERS, recorder } from './recorder.ts'
import type { Runner, RunnerCommand } from './runner.ts'
import { runnerNode } from './runner-node.ts'

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
    const { files, seed, testLimitMs } = request
    const { node, behind } = await ownWords(request, 'qunit', WORDS)
    const argv = [
      ...[...runnerNode(request), ...node, await installedBin(request, 'qunit')],
      ...['--require', recorder('qunit.cjs'), '--reporter', 'tap'],
      ...(seed === undefined ? [] : ['--seed', `${seed}`]),
      ...(files ?? []),
    ]
    return {
      argv: behind(argv),
      readable: [RECORDERS],
      env: {
        ...recordedEnv(request),
        ...(testLimitMs === undefined ? {} : { CANOPY_TEST_LIMIT_MS: `${testLimitMs}` }),
      },
    }
  },
  read: readLineReport,
}
