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
  0   the goal is reached (other commands: done)
  1   the run ended without reaching it, or was stopped
  2   something given is wrong or missing: an option, the repository, a tool, the disk; the message says what to do
  3   the goal is reached, but a branch in the repository could not take the commits; the message says where they are
  70  a fault of Canopy itself; the message names the log`

const RUN_HELP = `
Without --repo it works on a copy of the sample in examples/, to show what it does. Your checkout is never touched:
the result is a branch canopy/<milestone> of small commits.

The goals come from canopy.yaml in the repository, unless an option or your own file says others:

  milestones:
    - id: parsers
      name: The parsers are tested
      goal: { branch-coverage: 90 }
      priority: 1            # 1 is the most urgent, 9 the least; 5 unless told
      deadline: 2027-03-31   # optional
    - id: everything
      name: All of it is tested
      goal: { branch-coverage: 80 }
      needs: [parsers]
    - id: json
      name: The report can be read by programs
      goal:                  # in words: planned and carried out with a model
        outcome: A --json option that prints the report as one JSON object.
  workers: 2                 # optional, at most

A repository's canopy.yaml says goals, commands and what is stricter, no more; models, prices and budgets come from your
own file ('canopy config --explain' shows all of it). In --roadmap FILE, which stands outside the repository, an outcome
may have 'accept', a list of commands that must succeed on the result: no worker reads them.

Goals in words need a model: ANTHROPIC_API_KEY or OPENAI_API_KEY in the environment, or a server of your own under
models: in ~/.config/canopy/config.yaml (docs/models.md). Goals of branch coverage never ask one.

Ctrl-C lets running work finish and stops; a second one stops at once. Either way, and also after a crash, the same
command goes on where it was.

Examples:
  canopy run
  canopy run --repo ~/my-library
  canopy run --repo ~/my-library --goal branch-coverage=95 --workers 4
  canopy run --repo ~/my-library --outcome 'A --json option for the report' --accept 'node cli.js report --json'
  canopy run --repo . --json | jq 'select(.type == "run.finished")'
  npm start -- --repo ~/my-library
${EXIT_CODES}`

const INSPECT_HELP = `
Also actors that began before are shown, with their parents, statecharts, snapshots and the events between them. The
page only looks on: one that does not keep up loses frames, and no actor waits for it. Contexts are shown in outline.
The local page is for this machine alone; what it shows is handed to the inspector's page in your browser.

Examples:
  canopy inspect --repo ~/my-library
  canopy inspect --page http://localhost:3000/inspect --no-open
  canopy inspect --to ws://localhost:8080
`

export interface ProgramOptions {
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
      'Develops software on its own: takes a git repository and a goal, and gives back a branch of checked commits.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .configureOutput({ writeOut: write, writeErr: () => {}, outputError: () => {} })
    .exitOverride()
    .addHelpText('after', `\n'canopy help run' shows the options of a run.\n${EXIT_CODES}`)

  describeRun(program.command('run')).action((excess, options) => answer(commands.run(excess, options)))

  whichRun(program.command('status').description('print how far a running system is'))
    .option('--json', 'print the answer as JSON')
    .option('--url', 'print only the URL of its NATS server, for the nats tools; the key is in a file')
    .addHelpText('after', '\nExample:\n  canopy status --repo ~/my-library\n')
    .action((options) => answer(commands.status(options)))

  whichRun(program.command('tree').description('print the actors of a running system'))
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', '\nExample:\n  canopy tree --repo ~/my-library\n')
    .action((options) => answer(commands.tree(options)))

  whichRun(program.command('send').description('mail an event to an actor of a running system'))
    .argument('<actor>', "the actor's address, as 'canopy tree' shows it")
    .argument('<EVENT>', 'the event as JSON, or its type')
    .argument('[json]', 'the fields that go with a type, a JSON object')
    .option('--wait', 'wait until the actor has stepped it, and print the state it came to')
    .option('--json', 'print the answer as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  canopy send system.supervisor PAUSE\n  canopy send system \'{"type": "POOL.RESIZE", "size": 4}\' --wait\n',
    )
    .action((actor, event, json, options) => answer(commands.send(actor, event, json, options)))

  whichRun(
    program.command('inspect').description("show the live actors of a running system in Stately's inspector"),
  )
    .option('--port <n>', 'the port of the local page; 0 is any that is free', '0')
    .option('--page <url>', "the inspector's own page, shown in a frame", 'https://stately.ai/inspect')
    .option('--to <url>', "instead of a page, an inspector's server that is there already (ws://...)")
    .option('--no-open', 'do not open a browser')
    .option('--json', 'print the address as JSON, and at the end what was lost')
    .addHelpText('after', INSPECT_HELP)
    .action((options) => answer(commands.inspect(options)))

  for (const [name, what] of [
    ['pause', 'start nothing new in a running system; what runs is let finish'],
    ['resume', 'let a paused system go on'],
  ] as const) {
    whichRun(program.command(name).description(what))
      .argument('[orchestrator]', 'only this milestone (default: all)')
      .option('--json', 'print the answer as JSON')
      .addHelpText(
        'after',
        `\nA pause is kept over a restart.\n\nExamples:\n  canopy ${name}\n  canopy ${name} parsers\n`,
      )
      .action((orchestrator, options) => answer(commands[name](orchestrator, options)))
  }

  whichRun(program.command('logs').description('print the log of a run, also after its end'), false)
    .option('--follow', 'go on as it grows, until Ctrl-C')
    .option('--level <level>', `the least that is shown: ${logLevels.join(', ')}`, 'info')
    .option('--actor <part>', 'only of actors with this in their address')
    .option('--json', 'print the entries as they are stored')
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
    .description('print the version of Canopy and of what it runs on')
    .action(() => answer(commands.version()))
  return program
}

function describeRun(command: Command): Command {
  return configurationOptions(
    natsOptions(command, 'use this NATS server instead of starting one')
      .description('work on a repository until the goal is reached')
      .option('--repo <dir>', 'the git repository to work on (default: a copy of the sample)'),
  )
    .option(
      '--data <dir>',
      'where the run keeps its state (default: below $XDG_STATE_HOME or ~/.local/state)',
    )
    .option('--json', 'print one JSON object a line; the last is run.finished')
    .option('--no-sandbox', 'run the tests of the repository without a sandbox: only for code that you trust')
    .option('--sync', 'be safe against loss of power too, not only against a crash (slower)')
    .option('--backup-every <minutes>', 'minutes between backups of its state, 0 for none (default: 5)')
    .option('--keep-backups <n>', 'how many backups are kept (default: 12)')
    .option('--seed <n>', 'the seed of everything random (default: 1)')
    .option('--dependencies <dir>', "installed packages to use instead of the repository's own node_modules")
    .option(
      '--allow-dependencies <kinds>',
      'install these too, in the sandbox: git, url, scripts (those of packages run while they are installed)',
    )
    .option('--allow-dirty', 'work from the last commit although there are uncommitted changes')
    .argument('[excess...]')
    .usage('[options]')
    .configureHelp({ visibleArguments: () => [] })
    .addHelpText('after', RUN_HELP)
}
