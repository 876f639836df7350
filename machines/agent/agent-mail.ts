// Agent's mail
//
// Mail from an agent to the budget.
// Leaves: when it is sent (agent.ts), how the budget answers (budget.ts).

import { mail, type SendParams } from '../../kernel/index.ts'
import type { BudgetRequest } from '../budget/budget-mail.ts'
import type { spendingOf } from '../models/model-result.ts'
import { noUsage } from '../models/usage.ts'
import type { ThinkResult } from './agent-invocations.ts'
import { type AgentContext, callPrice, mostOf, reservationOf } from './agent-state.ts'

type SettledCost = ReturnType<typeof spendingOf>

export function reserving(context: AgentContext): SendParams {
  const { budget, account, address } = context
  const id = reservationOf(context)
  return mail<BudgetRequest>(budget, { type: 'RESERVE', id, account, ...mostOf(context), replyTo: address })
}

/** Of the next call of a tool, whose price is known. */
export function reservingCall(context: AgentContext): SendParams {
  const { budget, account, address } = context
  const money = { tokens: 0, microdollars: callPrice(context) }
  return mail<BudgetRequest>(budget, {
    type: 'RESERVE',
    id: reservationOf(context),
    account,
    ...money,
    replyTo: address,
  })
}

/** A call is paid for, whatever came of it. */
export function settlingCall(context: AgentContext): SendParams {
  return settling(context, { usage: noUsage, microdollars: callPrice(context) })
}

export function settling(context: AgentContext, { usage, microdollars }: SettledCost): SendParams {
  return mail<BudgetRequest>(context.budget, {
    type: 'SETTLE',
    id: reservationOf(context),
    usage,
    microdollars,
  })
}

/** The usage is unknown, so the whole reservation is settled. */
export function settlingAll(context: AgentContext): SendParams {
  const { size, limits, command } = context
  const usage = command ? noUsage : { ...noUsage, input: size, output: limits.outputTokens }
  return settling(context, { usage, microdollars: mostOf(context).microdollars })
}

export function quotaOut({ budget }: AgentContext, paused: ThinkResult & { kind: 'paused' }): SendParams {
  const { model, message, retryAfterMs } = paused
  return mail<BudgetRequest>(budget, {
    type: 'QUOTA.OUT',
    model,
    message,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}
