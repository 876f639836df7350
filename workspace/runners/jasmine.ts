// Jasmine
//
// Jasmine's options.

import { installedBin } from './installed-bin.ts'
import { readLineReport, recordedEnv } from './line-report.ts'
import { assertHead } from './mocha.ts'
import { RECORDERS, recorder } from './recorder.ts'
import type { Runner, RunnerCommand } from './runner.ts'
import { runnerNode } from './runner-node.ts'
import { splitWords, withWords } from './runner-words.ts'
import { partFor } from './script.ts'

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
    const { root, files, seed, testLimitMs } = request
    const part = await partFor(root, 'jasmine')
    const { options, operands } = splitWords(part?.words ?? [], WORDS)
    const node = (part?.node ?? []).map(({ value }) => value)
    const argv = [
      ...[...runnerNode(request), ...node, await installedBin(request, 'jasmine')],
      ...[`--reporter=${recorder('jasmine.cjs')}`],
      ...(seed === undefined ? ['--random=false'] : ['--random=true', `--seed=${seed}`]),
      ...(files ?? []),
    ]
    return {
      argv: withWords(argv, files === undefined ? [...options, ...operands] : options),
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
