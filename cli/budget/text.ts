// Budget text
//
// Owns:   how a budget is written for people.

import type { Colors } from 'picocolors/types.js'
import { amountText, capNames, capText, capWords, counted } from '../../app/index.ts'
import type { BudgetLine, BudgetView } from '../../machines/index.ts'
import { oneLine } from '../words.ts'

/** A line for the run and each milestone, and the waiting tasks. */
export function budgetText(view: BudgetView, colors: Colors): string {
  const lines = [
    ['the run', view.run] as const,
    ...view.milestones.map(
      (line) => [`${oneLine(line.milestone)}${line.over ? ' (over)' : ''}`, line] as const,
    ),
  ]
  const width = Math.max(...lines.map(([name]) => name.length))
  const each = [
    ...(Object.keys(view.task).length > 0 ? [`a task may take ${capText(view.task)}`] : []),
    ...(Object.keys(view.attempt).length > 0 ? [`an attempt may take ${capText(view.attempt)}`] : []),
  ]
  return [
    ...lines.map(([name, line]) => `${name.padEnd(width)}  ${lineText(line, colors)}`),
    ...each.map((text) => colors.dim(text)),
    ...quotaText(view).map((text) => colors.yellow(text)),
    ...view.waiting.map(({ task, attempt, waitsFor, reason }) => {
      const text = oneLine(`${task}, attempt ${attempt}, waits: ${reason}`)
      return waitsFor === 'turn' ? text : colors.yellow(text)
    }),
    ...(view.waiting.some(({ waitsFor }) => waitsFor === 'cap')
      ? ["'canopy budget raise' continues it."]
      : []),
  ].join('\n')
}

function quotaText({ quota }: BudgetView): string[] {
  if (!quota) return []
  const until = quota.retryAfterMs === null ? "until 'canopy budget resume'" : 'until its time has passed'
  return [oneLine(`${quota.model} is out of quota (${quota.message}): no call is granted ${until}`)]
}

function lineText({ cap, taken, reserved, calls }: BudgetLine, colors: Colors): string {
  const parts = capNames
    // Money and tokens are always of interest.
    .filter((name) => name === 'usd' || name === 'tokens' || taken[name] > 0 || cap[name] !== undefined)
    .map((name) => {
      const most = cap[name]
      const of = most === undefined ? '' : ` of ${amountText(name, most)}`
      const held = reserved[name] > 0 ? colors.dim(` (${amountText(name, reserved[name])} reserved)`) : ''
      const text = `${amountText(name, taken[name])}${of} ${capWords[name]}`
      return `${most !== undefined && taken[name] >= most ? colors.red(text) : text}${held}`
    })
  return [counted(calls, 'call'), ...parts].join(', ')
}
