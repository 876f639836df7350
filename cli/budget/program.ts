// Budget options
//
// Owns:   the options and help of `canopy budget`.
// Leaves: the work (commands.ts).

import type { Command } from 'commander'
import { whichRun } from '../which-run.ts'
import type { BudgetCommands, BudgetOptions } from './commands.ts'

const HELP = `
Each model call is reserved before it is made, and settled afterwards. A call beyond the cap of an attempt or a task
ends the attempt. A call beyond the cap of the run or a milestone waits until you raise the cap; then the agent
continues, and nothing is paid twice.

Amounts are like 10usd, 300k tokens, 90 minutes or 600 compute-seconds; several are separated by commas. An amount is
the new cap, not an addition to it.

Examples:
  canopy budget --repo ~/my-library
  canopy budget raise 10usd
  canopy budget raise 2usd --milestone parsers
  canopy budget resume          # the vendor's quota is available again
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
  described(command.description('print the caps of a running system, and the used and reserved amounts'))
    .addHelpText('after', HELP)
    .action(action((budget, options) => budget.show(options)))
  described(command.command('raise').description('raise a cap'))
    .argument('<amount...>', 'the new cap: 10usd, 300k tokens')
    .option('--milestone <id>', 'the cap of this milestone (default: of the run)')
    .action(action((budget, options, words) => budget.raise(words.join(' '), options)))
  described(
    command.command('resume').description("grant calls again after a vendor's quota was used up"),
  ).action(action((budget, options) => budget.resume(options)))
}

function described(command: Command): Command {
  return whichRun(command).option('--json', 'print the answer as JSON')
}
