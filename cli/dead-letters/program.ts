// Dead letter options
//
// Owns:   the options and help of `canopy dead-letters`.
// Leaves: the work (commands.ts).

import type { Command } from 'commander'
import { whichStoredRun } from '../which-run.ts'
import type { LetterCommands, LetterOptions } from './commands.ts'

const HELP = `
A dead letter is an event that could not be delivered: its receiver had ended, refused it, or crashed on it three
times. It stays until you drop it. The commands ask the running system; if none is running, they open its store, and
the next start sends replayed events. No event is replayed twice without --again.

Examples:
  canopy dead-letters --repo ~/my-library
  canopy dead-letters show 3
  canopy dead-letters replay 3 4
  canopy dead-letters replay --all
  canopy dead-letters drop 3
`

interface DeadLetterLoader {
  deadLetters(): Promise<LetterCommands>
}

export function describeDeadLetters(
  command: Command,
  commands: DeadLetterLoader,
  answer: (code: Promise<number>) => Promise<void>,
): void {
  const action =
    (does: (letters: LetterCommands, options: LetterOptions, ids: string[]) => Promise<number>) =>
    (...args: unknown[]): Promise<void> => {
      const own = args.at(-1) as Command
      const ids = own.args
      return answer(commands.deadLetters().then((letters) => does(letters, own.optsWithGlobals(), ids)))
    }
  described(command.description('list the events that could not be delivered'))
    .addHelpText('after', HELP)
    .action(action((letters, options) => letters.list(options)))
  described(command.command('show').description('print a whole dead letter'))
    .argument('<id>', "its number, as 'canopy dead-letters' shows it")
    .action(action((letters, options, ids) => letters.show(ids, options)))
  described(command.command('replay').description('send the event of a dead letter again'))
    .argument('[id...]', 'their numbers')
    .option('--all', 'all dead letters that were not replayed yet')
    .option('--again', 'also dead letters that were replayed before')
    .action(action((letters, options, ids) => letters.replay(ids, options)))
  described(command.command('drop').description('delete dead letters'))
    .argument('<id...>', 'their numbers')
    .action(action((letters, options, ids) => letters.drop(ids, options)))
}

function described(command: Command): Command {
  return whichStoredRun(command, true).option('--json', 'print the answer as JSON')
}
