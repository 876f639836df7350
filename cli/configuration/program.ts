// Configuration options
//
// Owns:   the options and help of `canopy config` and `canopy trust`, and the options that they share with a run.
// Leaves: the work (commands.ts).

import type { Command } from 'commander'
import type { ConfigOptions, TrustOptions } from './commands.ts'

const CONFIG_HELP = `
Later layers go before earlier ones: the program < your own file < the repository's canopy.yaml < options. Your own file is
--config FILE, else $XDG_CONFIG_HOME/canopy/config.yaml, else ~/.config/canopy/config.yaml; it must be yours and not
writable by others. A repository's file may say goals, commands, and what is stricter; the rest of it is refused. With
--explain each value is shown with its layer and place, and what was refused with the reason.

Examples:
  canopy config --explain --repo ~/my-library
  canopy config --repo . --json | jq '.refused'
`

const TRUST_HELP = `
Shows what the repository's canopy.yaml would decide and, when you agree, lets it say more than a repository may:
models and their roles, prices of models of its own, higher budgets, weaker gates. That holds for exactly this content at
this path; a changed file asks again. Even then it names no keys (key-env), changes no provider or model that you or
Canopy describe, and holds no acceptance commands.

Examples:
  canopy trust ~/my-library
  canopy trust --list
  canopy trust --revoke ~/my-library
`

/** What a run is configured with, and `canopy config` shows. */
export function configurationOptions(command: Command): Command {
  return command
    .option(
      '--goal <goal>',
      'branch-coverage=NUMBER, in percent (default: canopy.yaml, else branch-coverage=90)',
    )
    .option('--outcome <words>', 'what is to be built or changed, in words; needs a model')
    .option(
      '--accept <command>',
      'with --outcome: a command that must succeed on the result (may be given several times)',
      (command: string, before: string[] | undefined) => [...(before ?? []), command],
    )
    .option('--roadmap <file>', 'milestones from a file outside the repository (as in canopy.yaml)')
    .option('--config <file>', 'your own file (default: ~/.config/canopy/config.yaml)')
    .option(
      '--budget <caps>',
      'what models may take in this run: 5usd, 300k tokens (default with a model: 5usd)',
    )
    .option('--workers <n>', 'how many work at once, 1 to 16 (default: one per core)')
}

export function describeConfig(command: Command, config: (options: ConfigOptions) => Promise<void>): void {
  configurationOptions(
    command
      .description('print what a run would be configured with, and who says so')
      .option('--repo <dir>', 'the git repository (default: this folder, if it is one)'),
  )
    .option('--explain', 'show the layer and place of each value, and what was refused and why')
    .option('--json', 'print everything as JSON')
    .addHelpText('after', CONFIG_HELP)
    .action((options) => config(options))
}

export function describeTrust(
  command: Command,
  trust: (directory: string | undefined, options: TrustOptions) => Promise<void>,
): void {
  command
    .description("let a repository's canopy.yaml say more than a repository may")
    .argument('[directory]', 'the root of the git repository')
    .option('--yes', 'do not ask; for scripts')
    .option('--list', 'print what is trusted')
    .option('--revoke', 'trust it no longer')
    .option('--config <file>', 'your own file (default: ~/.config/canopy/config.yaml)')
    .addHelpText('after', TRUST_HELP)
    .action((directory, options) => trust(directory, options))
}
