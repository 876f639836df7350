// Replay options
//
// Owns:   the options and help of `canopy replay`.
// Leaves: what it does (command.ts).

import type { Command } from 'commander'
import { whichRun } from '../which-run.ts'
import type { ReplayOptions } from './command.ts'

const HELP = `
The run is carried out once more from the commit where it began, with the same goals, seed and workers, on a clone and
in a data directory of its own. Its decisions (plans, attempts, merges, ends) and the trees of its branches must come
out the same. Exits with 1 when they do not, and shows the first differences.

Examples:
  canopy replay --repo ~/my-library
  canopy replay 3 --json
`

export function describeReplay(
  command: Command,
  replay: (run: string | undefined, options: ReplayOptions) => Promise<void>,
): void {
  whichRun(command.description('run a recorded run again and compare what it came to'), false)
    .argument('[run]', 'the number of the run (default: the newest)')
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', HELP)
    .action((run, options) => replay(run, options))
}
