// Budget commands
//
// Owns:   what `canopy budget` prints, from checked options to an exit code.
// Leaves: the questions (app/budget/), reaching the system (../commands.ts), the table (text.ts).

import {
  askBudget,
  type Control,
  capText,
  type NatsOptions,
  raiseCap,
  resumeCalls,
  UserError,
} from '../../app/index.ts'
import { type BudgetView, type Cap, readCap } from '../../machines/index.ts'
import type { DisplayOptions } from '../control-client.ts'
import { budgetText } from './text.ts'

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
type AskAndPrint = (
  options: BudgetOptions,
  ask: (control: Control, shown: DisplayOptions) => Promise<string>,
) => Promise<number>

export function createBudgetCommands(asking: AskAndPrint): BudgetCommands {
  return {
    show: (options) =>
      asking(options, async (control, { json, colors }) => {
        const view = await askBudget(control)
        return json ? JSON.stringify(view) : budgetText(view, colors)
      }),
    raise: (amount, options) => {
      const cap = capFrom(amount)
      return asking(options, async (control, { json }) => {
        const { after, raised } = await raiseCap(control, cap, options.milestone)
        if (json) return JSON.stringify(after)
        return [`${raised.name} may take ${capText(raised.cap)}`, ...waitingText(after)].join('; ')
      })
    },
    resume: (options) =>
      asking(options, async (control, { json }) => {
        const { after, wasOut } = await resumeCalls(control)
        if (json) return JSON.stringify(after)
        const first = wasOut ? 'model calls are granted again' : 'no quota was used up'
        return [first, ...waitingText(after)].join('; ')
      }),
  }
}

function capFrom(text: string): Cap {
  const read = readCap(text)
  if (read.ok) return read.cap
  throw new UserError('bad_amount', read.reason, 'For example: canopy budget raise 10usd.')
}

function waitingText({ waiting }: BudgetView): string[] {
  const stuck = waiting.filter(({ waitsFor }) => waitsFor !== 'turn')
  const [first] = stuck
  return first ? [`${stuck.length} still waiting: ${first.reason}`] : []
}
