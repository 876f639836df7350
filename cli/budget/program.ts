// Budget options
//
// Owns:   the options and help of `canopy budget`.
// Leaves: the work (commands.ts).

import type { Command } from 'commander'
import { whichRun } from '../which-run.ts'
import type { BudgetCommands, BudgetOptions } from './commands.ts'

const HELP = `
Each model call is reserved before it is made and settled after it. What would pass the cap of an attempt or a task ends
that attempt; what would pass the cap of the run or a milestone waits, with all it has done, until you raise the cap: it
goes on from there, and what was paid is not paid again.

Amounts are like 10usd, 300k tokens, 90 minutes or 600 compute-seconds; several go with commas. They say what the cap is
then, not what comes on top.

Examples:
  canopy budget --repo ~/my-library
  canopy budget raise 10usd
  canopy budget raise 2usd --milestone parsers
  canopy budget resume          # a vendor's quota is back earlier than it said
`

interface BudgetLoader {
  budget(): Promise<BudgetCommands>
}

export function describeBudget(
  command: Command,
  commands: BudgetLoader,
  answer: (code: Promise<number>) => Promise<void>,
): void {
  const action =
    (does: (budget: BudgetCommands, options: BudgetOptions, words: string[]) => Promise<number>) =>
    (...args: unknown[]): Promise<void> => {
      const own = args.at(-1) as Command
      return answer(commands.budget().then((budget) => does(budget, own.optsWithGlobals(), own.args)))
    }
  described(command.description('print what a running system may take, has taken and has reserved'))
    .addHelpText('after', HELP)
    .action(action((budget, options) => budget.show(options)))
  described(command.command('raise').description('let it take more'))
    .argument('<amount...>', 'what the cap is to be: 10usd, 300k tokens')
    .option('--milestone <id>', "that milestone's cap (default: the run's)")
    .action(action((budget, options, words) => budget.raise(words.join(' '), options)))
  described(
    command.command('resume').description("grant calls again though a vendor's quota was used up"),
  ).action(action((budget, options) => budget.resume(options)))
}

function described(command: Command): Command {
  return whichRun(command).option('--json', 'print the answer as JSON')
}
