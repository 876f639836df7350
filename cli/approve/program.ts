// Approve options
//
// Owns:   the options and help of `canopy approve`.

import type { Command } from 'commander'
import { whichRun } from '../which-run.ts'
import type { ApproveOptions } from './commands.ts'

const HELP = `
Files that run by themselves (in CI, in an editor, in a coding agent, at installing) are merged only when a person approved
exactly that content, whoever planned the task. The same holds for a file of tests, or of what tests rely on, that asks for
less or for something else than before: only you know whether it should. A submission that has one is sent back with a reason
that ends in the command to copy. Look at the file first: the report and 'canopy status' name the commit.

Examples:
  canopy approve '.github/workflows/ci.yml@3f2a9c04d1be' --repo ~/my-library
  canopy approve --repo ~/my-library
  canopy approve --revoke '.github/workflows/ci.yml@3f2a9c04d1be' --repo ~/my-library
`

export function describeApprove(
  command: Command,
  act: (written: readonly string[], options: ApproveOptions) => Promise<void>,
): void {
  whichRun(command, false)
    .description(
      'approve a changed file that runs by itself or says what tests ask for; without one, list what is approved',
    )
    .argument('[files...]', 'PATH@BLOB, as the reason of a refused submission names it')
    .option('--revoke', 'take the approval back')
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', HELP)
    .action(act)
}
