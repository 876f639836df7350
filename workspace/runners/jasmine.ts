// Jasmine
//
// Jasmine's options.

import { readLineReport, recordedEnv } from './line-report.ts'
import { assertHead } from './mocha.ts'
import { ownCommand } from './own-command.ts'
import { RECORDERS, recorder } from './recorder.ts'
import type { Runner, RunnerCommand } from './runner.ts'

const WORDS = {
  valued: /^$/,
  dropped:
    /^(--reporter|--fail-fast|--random|--seed|--parallel|--colou?r|--no-colou?r|--filter-path|--config-only)$/,
}

export const jasmine: Runner = {
  package: 'jasmine',
  probe: () => "it('probe', () => { expect(1).toBe(1) })\n",
  frame: (load) => ({ head: assertHead(load) }),
  command: async (request): Promise<RunnerCommand> => {
    const { seed, testLimitMs } = request
    const order = seed === undefined ? ['--random=false'] : ['--random=true', `--seed=${seed}`]
    const options = [`--reporter=${recorder('jasmine.cjs')}`, ...order]
    return {
      argv: await ownCommand(request, { runner: 'jasmine', rules: WORDS, options }),
      readable: [RECORDERS],
      env: {
        ...recordedEnv(request),
        ...(seed === undefined ? {} : { CANOPY_COPIES: '1' }),
        ...(testLimitMs === undefined ? {} : { CANOPY_TEST_LIMIT_MS: `${testLimitMs}` }),
      },
    }
  },
  read: readLineReport,
}
