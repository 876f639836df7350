// Doctor options
//
// Owns:   the options and help of `canopy doctor`.
// Leaves: the work (command.ts).

import type { Command } from 'commander'
import type { DoctorOptions } from './command.ts'

const HELP = `
Looks for the programs that a run needs, starts a sandbox, and tells what protects you less on this machine and why. What
a run would fetch into the cache is fetched. The exit code is 0 when runs can start, else 1.

With --repo it surveys that repository as a run would: it installs the packages, runs the tests in the sandbox, and tells
what was found, what a run will use, and what would be better. The repository is only read. The exit code is 0 when a run
can work on it, else 1.

Examples:
  canopy doctor
  canopy doctor --repo ~/my-library
  canopy doctor --json | jq '.checks[] | select(.state != "ok")'
`

export function describeDoctor(command: Command, doctor: (options: DoctorOptions) => Promise<void>): void {
  command
    .description('check what this machine gives for safe runs, or whether a run can work on a repository')
    .option('--repo <dir>', 'survey this git repository')
    .option('--data <dir>', 'with --repo: the data directory of its runs, for installed packages')
    .option('--config <file>', 'with --repo: your own file (default: ~/.config/canopy/config.yaml)')
    .option('--no-sandbox', 'with --repo: run its tests without a sandbox: only for code that you trust')
    .option('--dependencies <dir>', 'with --repo: installed packages to use instead of its own node_modules')
    .option('--allow-dependencies <kinds>', 'with --repo: install these too: git, url, scripts')
    .option('--allow-dirty', 'with --repo: survey the last commit although there are uncommitted changes')
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', HELP)
    .action((options) => doctor(options))
}
