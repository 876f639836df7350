// Review options
//
// Owns:   the options and help of `canopy review`.
// Leaves: the work (command.ts).

import type { Command } from 'commander'
import { whichStoredRun } from '../which-run.ts'
import type { ReviewOptions } from './command.ts'

const HELP = `
When all tasks of a goal in words are merged, the whole change is reviewed. Another agent verifies each finding; it
sees only the claim and the code. Severe confirmed findings are repaired, as often as the policy allows, and the
change is reviewed again. Each finding ends as open, repaired, refuted or unchecked.

The SARIF file has the open findings; code hosts and editors can read it.

Examples:
  canopy review --repo ~/my-library
  canopy review --sarif review.sarif
  canopy review --run 2 --json
`

export function describeReview(command: Command, review: (options: ReviewOptions) => Promise<void>): void {
  whichStoredRun(command.description("print the findings of a run's reviews"), false)
    .option('--json', 'print the answer as JSON')
    .option('--sarif <file>', 'write the open findings to a file, as SARIF 2.1.0; - prints them')
    .addHelpText('after', HELP)
    .action((options) => review(options))
}
