// Steer budget
//
// Owns:   asking a running system for its budget, raising a cap of it, granting calls again after a quota was out.
// Leaves: what a raised cap changes (machines/), printing (cli/budget/).
//
// S1. A cap that is not there, or is as high already, is refused before anything is sent.

import { type BudgetView, budgetViewSchema, type Cap } from '../../machines/index.ts'
import type { Control } from '../../transport/index.ts'
import { askSystem, checkedAnswer } from '../control/ask-system.ts'
import { sendEvent } from '../control/steer.ts'
import { UserError } from '../errors.ts'
import { capText, capWords } from './cap-text.ts'

const BUDGET = 'system.budget'

export async function askBudget(control: Control): Promise<BudgetView> {
  return checkedAnswer('budget', budgetViewSchema, await askSystem(control, 'budget', {}))
}

/** A line of the budget, for people: `the run`, `milestone m1`. */
interface NamedCap {
  readonly name: string
  readonly cap: Cap
}

/** The raised cap and the budget after it. Without a milestone it is the run's cap. */
export async function raiseCap(
  control: Control,
  cap: Cap,
  milestone: string | undefined,
): Promise<{ readonly after: BudgetView; readonly raised: NamedCap }> {
  refuseUseless(capOf(await askBudget(control), milestone), cap)
  const event = { type: 'RAISE', ...(milestone !== undefined && { milestone }), ...cap }
  await sendEvent(control, { to: BUDGET, event, wait: true })
  const after = await askBudget(control)
  return { after, raised: capOf(after, milestone) }
}

/** Lets the budget grant calls again; `wasOut`: a vendor's quota was used up before. */
export async function resumeCalls(
  control: Control,
): Promise<{ readonly after: BudgetView; readonly wasOut: boolean }> {
  const before = await askBudget(control)
  await sendEvent(control, { to: BUDGET, event: { type: 'RESUME' }, wait: true })
  return { after: await askBudget(control), wasOut: before.quota !== null }
}

function capOf(view: BudgetView, milestone: string | undefined): NamedCap {
  if (milestone === undefined) return { name: 'the run', cap: view.run.cap }
  const found = view.milestones.find((each) => each.milestone === milestone)
  if (found) return { name: `milestone ${milestone}`, cap: found.cap }
  const known = view.milestones.map((each) => each.milestone).join(', ') || 'none yet'
  throw new UserError(
    'unknown_milestone',
    `milestone '${milestone}' has no budget yet; these have one: ${known}`,
    "'canopy budget' shows them.",
  )
}

/** S1. */
function refuseUseless({ name: whose, cap: known }: NamedCap, wanted: Cap): void {
  const way = "'canopy budget' shows the caps."
  for (const [name, amount] of Object.entries(wanted) as [keyof Cap, number][]) {
    const before = known[name]
    if (before === undefined)
      throw new UserError(
        'no_cap',
        `${whose} has no cap in ${capWords[name]}: there is nothing to raise`,
        way,
      )
    if (amount > before) continue
    const more = `the cap of ${whose} is ${capText({ [name]: before })} already`
    throw new UserError(
      'not_higher',
      more,
      `Give a higher one: it is the new cap, not an addition to it. ${way}`,
    )
  }
}
