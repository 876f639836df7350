// Configuration options
//
// Owns:   the options and help of `canopy config` and `canopy trust`, and the options that they share with a run.
// Leaves: the work (commands.ts).

import type { Command } from 'commander'
import type { ConfigOptions, TrustOptions } from './commands.ts'

const CONFIG_HELP = `
Later layers override earlier ones: the program < your own file < the repository's canopy.yaml < options. Your own
file is --config FILE, else $XDG_CONFIG_HOME/canopy/config.yaml, else ~/.config/canopy/config.yaml; you must own it,
and no other user may write it. A repository's file may set goals, commands and stricter limits; all other fields are
refused. --explain shows the layer and place of each value, and the reason of each refusal.

Examples:
  canopy config --explain --repo ~/my-library
  canopy config --repo . --json | jq '.refused'
`

const TRUST_HELP = `
Shows the settings in the repository's canopy.yaml and, if you agree, allows it to set more than a repository may:
models and their roles, prices of its own models, higher budgets, weaker gates. This holds for exactly this content at
this path; a changed file needs your consent again. Even a trusted file cannot name keys (key-env), change a provider
or model of yours or of Canopy, or have acceptance commands.

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
    .option('--outcome <words>', 'the goal in words; needs a model')
    .option(
      '--accept <command>',
      'with --outcome: a command that must succeed on the result (may be repeated)',
      (command: string, before: string[] | undefined) => [...(before ?? []), command],
    )
    .option('--roadmap <file>', 'a file with milestones, as in canopy.yaml, outside the repository')
    .option('--config <file>', 'your own file (default: ~/.config/canopy/config.yaml)')
    .option(
      '--budget <caps>',
      'the cap of model calls in this run: 5usd, 300k tokens (default with a model: 5usd)',
    )
    .option(
      '--bring <path>',
      'a file that git ignores and the tests need: each worktree gets a copy (may be repeated)',
      (path: string, before: string[] | undefined) => [...(before ?? []), path],
    )
    .option('--workers <n>', 'the number of workers, 1 to 16 (default: one per core)')
}

export function describeConfig(command: Command, config: (options: ConfigOptions) => Promise<void>): void {
  configurationOptions(
    command
      .description('print the configuration of a run')
      .option('--repo <dir>', 'the git repository (default: this folder, if it is one)'),
  )
    .option('--explain', 'show the layer and place of each value, and every refusal with its reason')
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', CONFIG_HELP)
    .action((options) => config(options))
}

export function describeTrust(
  command: Command,
  trust: (directory: string | undefined, options: TrustOptions) => Promise<void>,
): void {
  command
    .description("allow a repository's canopy.yaml to set more than it may by default")
    .argument('[directory]', 'the root of the git repository')
    .option('--yes', 'do not ask; for scripts')
    .option('--list', 'list the trusted repositories')
    .option('--revoke', 'withdraw the trust')
    .option('--config <file>', 'your own file (default: ~/.config/canopy/config.yaml)')
    .addHelpText('after', TRUST_HELP)
    .action((directory, options) => trust(directory, options))
}
