// Mocha
//
// Mocha's options.
//
// The repository's own configuration decides how tests run; only the reporter and the files are set here.

import { installedBin } from './installed-bin.ts'
import { installedFolder } from './installed-package.ts'
import { readLineReport, recordedEnv } from './line-report.ts'
import { ownWords } from './own-words.ts'
import { RECORDERS, recorder } from './recorder.ts'
import type { LoadStyle, Runner, RunnerCommand } from './runner.ts'
import { runnerNode } from './runner-node.ts'

const WORDS = {
  valued:
    /^(-R|--reporter|-O|--reporter-options?|-r|--require|-u|--ui|-g|--grep|-f|--fgrep|-t|--timeouts?|-s|--slow|-j|--jobs|--retries|--config|--package|--opts|--extension|--watch-extensions|--file|--ignore|--exclude|--spec|--node-option|-n|--globals?|--watch-files|--watch-ignore|--import|--loader|--experimental-loader|--env-file|--conditions)$/,
  dropped:
    /^(-R|--reporter|-O|--reporter-options?|-w|--watch|-b|--bail|--inspect.*|--dry-run|-C|--no-colou?rs?|-c|--colou?rs?)$/,
}

export const mocha: Runner = {
  package: 'mocha',
  probe: () => "it('probe', () => {})\n",
  frame: (load) => ({ head: assertHead(load) }),
  command: async (request): Promise<RunnerCommand> => {
    const { files, seed, testLimitMs } = request
    const { node, behind } = await ownWords(request, 'mocha', WORDS)
    // Node loads it before mocha reads its options.
    const only = files === undefined ? [] : ['--require', recorder('mocha-files.cjs')]
    const argv = [
      ...[...runnerNode(request), ...only, ...node, await installedBin(request, 'mocha')],
      ...['--reporter', recorder('mocha.cjs')],
      ...(testLimitMs === undefined ? [] : ['--timeout', `${testLimitMs}`]),
    ]
    return {
      argv: behind(argv),
      readable: [RECORDERS],
      env: {
        ...recordedEnv(request),
        ...(seed === undefined ? {} : { CANOPY_SEED: `${seed}` }),
        ...(files === undefined
          ? {}
          : { CANOPY_FILES: JSON.stringify(files), CANOPY_MOCHA: await installedFolder(request, 'mocha') }),
      },
    }
  },
  read: readLineReport,
}

/** For runners with a global `it`: a comparison that throws. */
export function assertHead(load: LoadStyle): string {
  return load === 'require'
    ? "const { strictEqual: equal } = require('node:assert')\n"
    : "import { strictEqual as equal } from 'node:assert'\n"
}
