// Doctor options
//
// Owns:   the options and help of `canopy doctor`.
// Leaves: the work (command.ts).

import type { Command } from 'commander'
import type { DoctorOptions } from './command.ts'

const HELP = `
Looks for the programs that a run needs, starts a sandbox, and lists protections that this machine lacks, with the
reasons. MCP servers that your own file names are started once and asked for their tools. Programs that a run would
fetch into the cache are fetched. The exit code is 0 if runs can start, else 1.

With --repo, it surveys the repository as a run would: it installs the packages, runs the tests in the sandbox, and
prints the findings, the commands that a run will use, and advice. It only reads the repository. The exit code is 0 if
a run can work on it, else 1.

Examples:
  canopy doctor
  canopy doctor --repo ~/my-library
  canopy doctor --json | jq '.checks[] | select(.state != "ok")'
`

export function describeDoctor(command: Command, doctor: (options: DoctorOptions) => Promise<void>): void {
  command
    .description('check whether runs can start on this machine, or on a repository')
    .option('--repo <dir>', 'survey this git repository')
    .option('--data <dir>', 'with --repo: the data directory of its runs, for installed packages')
    .option('--config <file>', 'your own file (default: ~/.config/canopy/config.yaml)')
    .option(
      '--bring <path>',
      'with --repo: a file that git ignores and the tests need (may be repeated)',
      (path: string, before: string[] | undefined) => [...(before ?? []), path],
    )
    .option('--no-sandbox', 'with --repo: run its tests without a sandbox: only for code that you trust')
    .option('--dependencies <dir>', 'with --repo: installed packages to use instead of its own node_modules')
    .option('--allow-dependencies <kinds>', 'with --repo: install these too: git, url, scripts')
    .option('--allow-dirty', 'with --repo: survey the last commit and ignore uncommitted changes')
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', HELP)
    .action((options) => doctor(options))
}
