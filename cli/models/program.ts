// Models options
//
// Owns:   the options and help of `canopy models`.
// Leaves: the work (commands.ts).

import type { Command } from 'commander'
import type { ModelsOptions } from './commands.ts'

const HELP = `
Which models a run in this repository would ask, for what and in which order, at what price and within which limits;
your own configuration file says otherwise below 'models'. With --check each provider is asked once which models it has: a misspelt or
retired one is told with those that are near, and makes the exit code 1. A run does the same when it begins. A server
that offers no such list is left alone.

Examples:
  canopy models --repo ~/my-library
  canopy models --check --json
`

export function describeModels(command: Command, models: (options: ModelsOptions) => Promise<void>): void {
  command
    .description('print which models would be asked, how, and at what price')
    .option('--repo <dir>', 'the git repository (default: this folder, if it is one)')
    .option('--config <file>', 'your own configuration file (default: ~/.config/canopy/config.yaml)')
    .option('--check', 'ask the providers whether they have them')
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', HELP)
    .action((options) => models(options))
}
