// Doctor options
//
// Owns:   the options and help of `canopy doctor`.
// Leaves: the work (command.ts).

import type { Command } from 'commander'
import type { DoctorOptions } from './command.ts'

const HELP = `
Looks for the programs that a run needs, starts a sandbox, and tells what protects you less on this machine and why. What
a run would fetch into the cache is fetched. The exit code is 0 when runs can start, else 1.

Examples:
  canopy doctor
  canopy doctor --json | jq '.checks[] | select(.state != "ok")'
`

export function describeDoctor(command: Command, doctor: (options: DoctorOptions) => Promise<void>): void {
  command
    .description('check what this machine gives for safe runs')
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', HELP)
    .action((options) => doctor(options))
}
