// Budget commands
//
// Owns:   what `canopy budget` does: shows the budget of a running system, raises a cap of it, lets it go on.
// Leaves: reaching the system (commands.ts above), what a raised cap changes (machines/), how it is written (text.ts).
//
// B1. A cap that is not there, or is as high already, is told before anything is sent.

import { type NatsOptions, UserError } from '../../app/index.ts'
import { type BudgetView, budgetViewSchema, type Cap, readCap } from '../../machines/index.ts'
import type { Control } from '../../transport/index.ts'
import { ask, type DisplayOptions } from '../control-client.ts'
import { budgetText, capText, capWords } from './text.ts'

export interface BudgetOptions extends NatsOptions {
  readonly repo?: string
  readonly data?: string
  readonly json?: boolean
  readonly milestone?: string
}

export interface BudgetCommands {
  show(options: BudgetOptions): Promise<number>
  raise(amount: string, options: BudgetOptions): Promise<number>
  resume(options: BudgetOptions): Promise<number>
}

/** Asks a running system and prints the answer; the exit code. */
export type AskAndPrint = (
  options: BudgetOptions,
  ask: (control: Control, shown: DisplayOptions) => Promise<string>,
) => Promise<number>

const BUDGET = 'system.budget'

export function createBudgetCommands(asking: AskAndPrint): BudgetCommands {
  return {
    show: (options) => asking(options, async (control, shown) => written(await look(control), shown)),
    raise: (amount, options) => {
      const cap = capFrom(amount)
      return asking(options, (control, shown) => raise(control, cap, options.milestone, shown))
    },
    resume: (options) =>
      asking(options, async (control, shown) => {
        const before = await look(control)
        await tell(control, { type: 'RESUME' })
        const after = await look(control)
        if (shown.json) return JSON.stringify(after)
        const first = before.quota ? 'it asks the vendor again' : 'no quota was out'
        return [first, ...waitingText(after)].join('; ')
      }),
  }
}

/** What an argument or an option says. */
export function capFrom(text: string): Cap {
  const read = readCap(text)
  if (read.ok) return read.cap
  throw new UserError('bad_amount', read.reason, 'For example: canopy budget raise 10usd.')
}

export async function look(control: Control): Promise<BudgetView> {
  const answer = budgetViewSchema.safeParse(await ask(control, 'budget', {}))
  if (answer.success) return answer.data
  throw new UserError(
    'strange_answer',
    'the answer to budget cannot be read',
    'The running system may be of another version.',
  )
}

async function raise(
  control: Control,
  cap: Cap,
  milestone: string | undefined,
  shown: DisplayOptions,
): Promise<string> {
  const line = lineOf(await look(control), milestone)
  for (const [name, said] of Object.entries(cap))
    refuseUseless(line.cap, name as keyof Cap, said ?? 0, line.name)
  await tell(control, { type: 'RAISE', ...(milestone !== undefined && { milestone }), ...cap })
  const after = await look(control)
  if (shown.json) return JSON.stringify(after)
  const now = lineOf(after, milestone)
  return [`${now.name} may take ${capText(now.cap)}`, ...waitingText(after)].join('; ')
}

function lineOf(view: BudgetView, milestone: string | undefined): { name: string; cap: Cap } {
  if (milestone === undefined) return { name: 'the run', cap: view.run.cap }
  const found = view.milestones.find((each) => each.milestone === milestone)
  if (found) return { name: `milestone ${milestone}`, cap: found.cap }
  const known = view.milestones.map((each) => each.milestone).join(', ') || 'none yet'
  throw new UserError(
    'unknown_milestone',
    `milestone '${milestone}' has asked for nothing; those that have: ${known}`,
    "'canopy budget' shows them.",
  )
}

/** B1. */
function refuseUseless(cap: Cap, name: keyof Cap, said: number, whose: string): void {
  const known = cap[name]
  const way = "'canopy budget' shows the caps."
  if (known === undefined)
    throw new UserError('no_cap', `${whose} has no cap in ${capWords[name]}: there is nothing to raise`, way)
  if (said > known) return
  const more = `the cap of ${whose} is ${capText({ [name]: known })} already`
  throw new UserError('not_higher', more, `Say a higher one: it is the whole, not what comes on top. ${way}`)
}

async function tell(control: Control, event: { type: string }): Promise<void> {
  await ask(control, 'send', { to: BUDGET, event, wait: true })
}

function waitingText({ waiting }: BudgetView): string[] {
  const stuck = waiting.filter(({ waitsFor }) => waitsFor !== 'turn')
  const [first] = stuck
  return first ? [`${stuck.length} still waiting: ${first.reason}`] : []
}

function written(view: BudgetView, { json, colors }: DisplayOptions): string {
  return json ? JSON.stringify(view) : budgetText(view, colors)
}
