// Replay options
//
// Owns:   the options and help of `canopy replay`.
// Leaves: the work (command.ts).

import type { Command } from 'commander'
import { whichRun } from '../which-run.ts'
import type { ReplayOptions } from './command.ts'

const HELP = `
Runs a recorded run again from the commit where it started, with the same goals, seed and workers, on a clone and in
its own data directory. The decisions (plans, attempts, merges, ends) and the trees of the branches must be the same.
If they are not, it prints the first differences, and the exit code is 1.

No model is asked: requests get the recorded answers, in the recorded order. A request that differs a little, because
a command printed something else, gets the answer of the recorded request at its place. With --strict such a request
is an error, and so is an unused answer. A missing or altered answer is always an error.

Examples:
  canopy replay --repo ~/my-library
  canopy replay 3 --json
  canopy replay 3 --strict
`

export function describeReplay(
  command: Command,
  replay: (run: string | undefined, options: ReplayOptions) => Promise<void>,
): void {
  whichRun(command.description('run a recorded run again and compare the results'), false)
    .argument('[run]', 'the number of the run (default: the newest)')
    .option('--json', 'print the answer as JSON')
    .option('--strict', 'every request to a model must equal the recorded one')
    .addHelpText('after', HELP)
    .action((run, options) => replay(run, options))
}
