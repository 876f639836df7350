// Models options
//
// Owns:   the options and help of `canopy models`.
// Leaves: the work (commands.ts).

import type { Command } from 'commander'
import type { ModelsOptions } from './commands.ts'

const HELP = `
Prints the models that a run in this repository would ask, by role and in their order, with prices and limits. Your
own configuration file changes them below 'models'. With --check, each provider is asked once for its list of models:
a misspelt or retired model is reported with similar names, and makes the exit code 1. A run does the same check when
it starts. A server without such a list is not checked.

Examples:
  canopy models --repo ~/my-library
  canopy models --check --json
`

export function describeModels(command: Command, models: (options: ModelsOptions) => Promise<void>): void {
  command
    .description('print the models of a run, with their settings and prices')
    .option('--repo <dir>', 'the git repository (default: this folder, if it is one)')
    .option('--config <file>', 'your own configuration file (default: ~/.config/canopy/config.yaml)')
    .option('--check', 'ask the providers whether they have these models')
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', HELP)
    .action((options) => models(options))
}
