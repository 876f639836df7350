// Program
//
// Owns:   the commands, their options and their help.
// Leaves: the work (commands.ts), the form of values (app/settings/).
//
// P1. No command ends the process: everything comes back through `parseAsync`, errors included.

import { Command } from 'commander'
import { logLevels } from '../app/index.ts'
import { describeApprove } from './approve/program.ts'
import { describeAudit } from './audit/program.ts'
import { describeBudget } from './budget/program.ts'
import type { CommandSet } from './commands.ts'
import { configurationOptions, describeConfig, describeTrust } from './configuration/program.ts'
import { describeDeadLetters } from './dead-letters/program.ts'
import { describeDoctor } from './doctor/program.ts'
import { describeKeys } from './keys/program.ts'
import { describeModels } from './models/program.ts'
import { natsOptions } from './nats-options.ts'
import { describeNode } from './nodes/program.ts'
import { describeReplay } from './replay/program.ts'
import { describeReview } from './review/program.ts'
import { describeStore } from './store/program.ts'
import { whichRun } from './which-run.ts'

const EXIT_CODES = `
Exit codes:
  0   the goal is reached (other commands: success)
  1   the run ended without reaching it, or was stopped
  2   an input is wrong or missing: an option, the repository, a tool, the disk; the message names the way out
  3   the goal is reached, but a branch in the repository could not take the commits; the message names them
  70  an internal error; the message names the log`

const RUN_HELP = `
Without --repo, a run works on a copy of the sample in examples/. A run never changes your checkout: its result is a
branch canopy/<milestone> of small commits.

The goals are in canopy.yaml in the repository, unless an option or your own file sets others:

  milestones:
    - id: parsers
      name: The parsers are tested
      goal: { branch-coverage: 90 }
      priority: 1            # 1 is the most urgent, 9 the least; default 5
      deadline: 2027-03-31   # optional
    - id: everything
      name: Everything is tested
      goal: { branch-coverage: 80 }
      needs: [parsers]
    - id: json
      name: Programs can read the report
      goal:                  # in words: needs a model
        outcome: A --json option that prints the report as one JSON object.
  workers: 2                 # optional: the maximum

A repository's canopy.yaml may set goals, commands and stricter limits only. Models, prices and budgets come from your
own file ('canopy config --explain' shows every value). An outcome in --roadmap FILE, outside the repository, may have
'accept': commands that must succeed on the result. No worker can read them.

Goals in words need a model: ANTHROPIC_API_KEY or OPENAI_API_KEY in the environment, or your own server under models:
in ~/.config/canopy/config.yaml (docs/models.md). Goals of branch coverage need none.

Ctrl-C stops the run when running work is finished; a second Ctrl-C stops it at once. After both, and after a crash,
the same command continues the run.

Examples:
  canopy run
  canopy run --repo ~/my-library
  canopy run --repo ~/my-library --goal branch-coverage=95 --workers 4
  canopy run --repo ~/my-library --outcome 'A --json option for the report' --accept 'node cli.js report --json'
  canopy run --repo . --json | jq 'select(.type == "run.finished")'
  npm start -- --repo ~/my-library
${EXIT_CODES}`

const INSPECT_HELP = `
The page shows all actors, also those that started earlier, with their parents, statecharts, snapshots and events. It
only reads: a slow page loses frames, and no actor waits for it. Long values of a context are shortened. Only this
machine can open the local page; your browser passes its content to the inspector's page.

Examples:
  canopy inspect --repo ~/my-library
  canopy inspect --page http://localhost:3000/inspect --no-open
  canopy inspect --to ws://localhost:8080
`

interface ProgramOptions {
  readonly version: string
  readonly commands: CommandSet
  /** Given what a command came to. */
  readonly onCode: (code: number) => void
  /** Where help goes. */
  readonly write: (text: string) => void
}

export function createProgram({ version, commands, onCode, write }: ProgramOptions): Command {
  const answer = async (code: number | Promise<number>): Promise<void> => onCode(await code)
  const program = new Command('canopy')
    .description(
      'Develops software: takes a git repository and a goal, and produces a branch of checked commits.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .configureOutput({ writeOut: write, writeErr: () => {}, outputError: () => {} })
    .exitOverride()
    .addHelpText('after', `\n'canopy help run' shows the options of a run.\n${EXIT_CODES}`)

  describeRun(program.command('run')).action((excess, options) => answer(commands.run(excess, options)))

  whichRun(program.command('status').description('print the progress of a running system'))
    .option('--json', 'print the answer as JSON')
    .option('--url', 'print only the URL of its NATS server, for the nats tools')
    .addHelpText('after', '\nExample:\n  canopy status --repo ~/my-library\n')
    .action((options) => answer(commands.status(options)))

  whichRun(program.command('tree').description('print the actors of a running system'))
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', '\nExample:\n  canopy tree --repo ~/my-library\n')
    .action((options) => answer(commands.tree(options)))

  whichRun(program.command('send').description('send an event to an actor of a running system'))
    .argument('<actor>', "the actor's address, as 'canopy tree' shows it")
    .argument('<EVENT>', 'the event as JSON, or its type')
    .argument('[json]', 'with a type: the fields of the event, a JSON object')
    .option('--wait', 'wait until the actor has processed it, and print its new state')
    .option('--json', 'print the answer as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  canopy send system.supervisor PAUSE\n  canopy send system \'{"type": "POOL.RESIZE", "size": 4}\' --wait\n',
    )
    .action((actor, event, json, options) => answer(commands.send(actor, event, json, options)))

  whichRun(
    program.command('inspect').description("show the live actors of a running system in Stately's inspector"),
  )
    .option('--port <n>', 'the port of the local page; 0 is any free port', '0')
    .option('--page <url>', "the inspector's own page, shown in a frame", 'https://stately.ai/inspect')
    .option('--to <url>', "instead of a page, a running inspector's server (ws://...)")
    .option('--no-open', 'do not open a browser')
    .option('--json', 'print the address as JSON, and at the end the counts of frames')
    .addHelpText('after', INSPECT_HELP)
    .action((options) => answer(commands.inspect(options)))

  for (const [name, what] of [
    ['pause', 'start no new work in a running system; running work finishes'],
    ['resume', 'start new work in a paused system again'],
  ] as const) {
    whichRun(program.command(name).description(what))
      .argument('[orchestrator]', 'only this milestone (default: all)')
      .option('--json', 'print the answer as JSON')
      .addHelpText(
        'after',
        `\nA pause outlasts a restart.\n\nExamples:\n  canopy ${name}\n  canopy ${name} parsers\n`,
      )
      .action((orchestrator, options) => answer(commands[name](orchestrator, options)))
  }

  whichRun(program.command('logs').description('print the log of a run, also after its end'), false)
    .option('--follow', 'print new entries until Ctrl-C')
    .option('--level <level>', `the lowest level: ${logLevels.join(', ')}`, 'info')
    .option('--actor <part>', 'only entries of actors with this in their address')
    .option('--json', 'print the stored JSON entries')
    .addHelpText(
      'after',
      '\nExamples:\n  canopy logs --repo ~/my-library --follow\n  canopy logs --level warn --actor worker\n',
    )
    .action((options) => answer(commands.logs(options)))

  describeNode(program.command('node')).action((options) => answer(commands.node(options)))

  whichRun(program.command('nodes').description('print the nodes of a running system'))
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', '\nExample:\n  canopy nodes --nats tls://10.0.0.5:4222 --creds operator.creds\n')
    .action((options) => answer(commands.nodes(options)))

  describeBudget(program.command('budget'), commands, answer)

  describeDeadLetters(program.command('dead-letters'), commands, answer)
  describeStore(program.command('store'), commands, answer)
  describeApprove(program.command('approve'), (written, options) =>
    answer(commands.approve(written, options)),
  )
  describeKeys(program.command('keys'), commands, answer)

  describeReview(program.command('review'), (options) => answer(commands.review(options)))
  describeAudit(program.command('audit'), commands, answer)
  describeModels(program.command('models'), (options) => answer(commands.models(options)))
  describeDoctor(program.command('doctor'), (options) => answer(commands.doctor(options)))
  describeConfig(program.command('config'), (options) => answer(commands.config(options)))
  describeTrust(program.command('trust'), (directory, options) => answer(commands.trust(directory, options)))
  describeReplay(program.command('replay'), (run, options) => answer(commands.replay(run, options)))

  program
    .command('version')
    .description('print the versions of Canopy and Node')
    .action(() => answer(commands.version()))
  return program
}

function describeRun(command: Command): Command {
  return configurationOptions(
    natsOptions(command, 'use this NATS server instead of starting one')
      .description('work on a repository until the goal is reached')
      .option('--repo <dir>', 'the git repository to work on (default: a copy of the sample)'),
  )
    .option('--data <dir>', 'the directory of its state (default: below $XDG_STATE_HOME or ~/.local/state)')
    .option('--json', 'print one JSON object a line; the last one is run.finished')
    .option('--no-sandbox', "run the repository's tests without a sandbox: only for code that you trust")
    .option('--sync', 'survive loss of power too, not only a crash (slower)')
    .option('--backup-every <minutes>', 'minutes between backups of its state, 0 for none (default: 5)')
    .option('--keep-backups <n>', 'the number of backups to keep (default: 12)')
    .option('--seed <n>', 'the seed of all random choices (default: 1)')
    .option('--dependencies <dir>', "installed packages to use instead of the repository's own node_modules")
    .option(
      '--allow-dependencies <kinds>',
      'install these too, in the sandbox: git, url, scripts (install scripts of packages)',
    )
    .option('--allow-dirty', 'work from the last commit and ignore uncommitted changes')
    .argument('[excess...]')
    .usage('[options]')
    .configureHelp({ visibleArguments: () => [] })
    .addHelpText('after', RUN_HELP)
}
