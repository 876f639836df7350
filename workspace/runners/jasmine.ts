// Jasmine
//
// Jasmine's options.

import { installedBin } from './installed-bin.ts'
import { readLineReport, recordedEnv } from './line-report.ts'
import { assertHead } from './mocha.ts'
import { ownWords } from './own-words.ts'
import { RECORDERS, recorder } from './recorder.ts'
import type { Runner, RunnerCommand } from './runner.ts'
import { runnerNode } from './runner-node.ts'

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
    const { files, seed, testLimitMs } = request
    const { node, behind } = await ownWords(request, 'jasmine', WORDS)
    const argv = [
      ...[...runnerNode(request), ...node, await installedBin(request, 'jasmine')],
      ...[`--reporter=${recorder('jasmine.cjs')}`],
      ...(seed === undefined ? ['--random=false'] : ['--random=true', `--seed=${seed}`]),
      ...(files ?? []),
    ]
    return {
      argv: behind(argv),
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
