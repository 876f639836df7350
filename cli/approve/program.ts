// Approve options
//
// Owns:   the options and help of `canopy approve`.

import type { Command } from 'commander'
import { whichRun } from '../which-run.ts'
import type { ApproveOptions } from './commands.ts'

const HELP = `
Some files run without a command of yours: in CI, in an editor, in a coding agent, during an installation. A change of
such a file is merged only after a person has approved exactly its content. The same holds for a test, or a file that
tests use, if it now requires less or something else. A submission with such a change is rejected, and the reason ends
in the command to copy. Read the file first: the report and 'canopy status' name the commit.

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
    .description('approve a file that only a person may approve, or list the approvals')
    .argument('[files...]', 'PATH@BLOB, from the reason of the rejection')
    .option('--revoke', 'withdraw the approval')
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', HELP)
    .action(act)
}
