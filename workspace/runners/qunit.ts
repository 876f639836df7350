// QUnit
//
// QUnit's options.

import { installedBin } from './installed-bin.ts'
import { readLineReport, recordedEnv } from './line-report.ts'
import { RECORDERS, recorder } from './recorder.ts'
import type { Runner, RunnerCommand } from './runner.ts'
import { runnerNode } from './runner-node.ts'
import { splitWords, withWords } from './runner-words.ts'
import { partFor } from './script.ts'

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
    const { root, files, seed, testLimitMs } = request
    const part = await partFor(root, 'qunit')
    const { options, operands } = splitWords(part?.words ?? [], WORDS)
    const node = (part?.node ?? []).map(({ value }) => value)
    const argv = [
      ...[...runnerNode(request), ...node, await installedBin(request, 'qunit')],
      ...['--require', recorder('qunit.cjs'), '--reporter', 'tap'],
      ...(seed === undefined ? [] : ['--seed', `${seed}`]),
      ...(files ?? []),
    ]
    return {
      argv: withWords(argv, files === undefined ? [...options, ...operands] : options),
      readable: [RECORDERS],
      env: {
        ...recordedEnv(request),
        ...(testLimitMs === undefined ? {} : { CANOPY_TEST_LIMIT_MS: `${testLimitMs}` }),
      },
    }
  },
  read: readLineReport,
}
