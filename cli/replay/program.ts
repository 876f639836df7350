// Replay options
//
// Owns:   the options and help of `canopy replay`.
// Leaves: the work (command.ts).

import type { Command } from 'commander'
import { whichRun } from '../which-run.ts'
import type { ReplayOptions } from './command.ts'

const HELP = `
The run is carried out once more from the commit where it began, with the same goals, seed and workers, on a clone and
in a data directory of its own. Its decisions (plans, attempts, merges, ends) and the trees of its branches must come
out the same. Exits with 1 when they do not, and shows the first differences.

No model is asked: what they answered then is given again, in the order of then. A request that is not quite the same,
because some command printed something else, is answered as the one at its place was; with --strict it is an error, as
is an answer that nobody asks for any more. An answer that is missing or was altered is always one.

Examples:
  canopy replay --repo ~/my-library
  canopy replay 3 --json
  canopy replay 3 --strict
`

export function describeReplay(
  command: Command,
  replay: (run: string | undefined, options: ReplayOptions) => Promise<void>,
): void {
  whichRun(command.description('run a recorded run again and compare what it came to'), false)
    .argument('[run]', 'the number of the run (default: the newest)')
    .option('--json', 'print the answer as JSON')
    .option('--strict', 'every request to a model must be the one that was recorded')
    .addHelpText('after', HELP)
    .action((run, options) => replay(run, options))
}
