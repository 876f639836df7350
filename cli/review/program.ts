// Review options
//
// Owns:   the options and help of `canopy review`.
// Leaves: the work (command.ts).

import type { Command } from 'commander'
import { whichStoredRun } from '../which-run.ts'
import type { ReviewOptions } from './command.ts'

const HELP = `
When all that was planned for a goal in words is merged, the whole change is reviewed, and each finding is looked at again
by somebody who sees only the claim and the code. What was confirmed and is grave enough is repaired, as often as the
policy says, and reviewed again. Shown is what became of each finding: left, repaired, not true, or unchecked.

SARIF has what is left. Code hosts and editors read it.

Examples:
  canopy review --repo ~/my-library
  canopy review --sarif review.sarif
  canopy review --run 2 --json
`

export function describeReview(command: Command, review: (options: ReviewOptions) => Promise<void>): void {
  whichStoredRun(command.description('print what reviews of a run found, and what became of it'), false)
    .option('--json', 'print it as JSON')
    .option('--sarif <file>', 'write what is left to a file, as SARIF 2.1.0; - prints it')
    .addHelpText('after', HELP)
    .action((options) => review(options))
}
