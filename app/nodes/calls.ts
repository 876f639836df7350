// Calls
//
// Owns:   the calls that home makes for agents on other nodes, against the budget: whether a call is covered by what its
//         agent has reserved, and charging their cost.
// Leaves: the sums (machines/budget/budget-ledger.ts), asking (questions.ts).
//
// C1. A call begins when the budget has it in its books, and under a reservation only one: whatever its agent says to the
//     budget meanwhile does not count.
// C2. An answer that is kept already may be fetched again: it costs nothing.

import { RetryableError } from '../../actors/index.ts'
import type { Address } from '../../kernel/index.ts'
import {
  type BudgetMail,
  beginRefusal,
  type Ledger,
  leastTokens,
  type ModelsInUse,
  mostCost,
  tokensIn,
  tokensOfText,
  type Usage,
} from '../../machines/index.ts'
import { systemClock, within } from '../../platform/index.ts'
import type { Mail } from '../../transport/index.ts'
import { BUDGET } from './home-records.ts'
import type { ModelCallRequest } from './question.ts'

export interface CallsOptions {
  readonly mail: Pick<Mail, 'publish'>
  /** The budget's books as they are durable; undefined while it restarts. */
  ledger(): Ledger | undefined
  /** Calls back after each step of the budget, until the returned function is called. */
  onStep(then: () => void): () => void
  readonly models: ModelsInUse
  /** Whether the answer to a call is kept. */
  isKept(key: string): Promise<boolean>
}

interface CallOrder {
  readonly node: Address
  readonly key: string
  readonly question: ModelCallRequest
}

export interface PaidCalls {
  /** The agent whose call it is; rejects with `CallRefused` when it must not be made. */
  begin(order: CallOrder): Promise<Address>
  /** Resolves when the budget will hear of it. */
  charge(
    of: { readonly key: string; readonly reservation: string },
    taken: { readonly usage: Usage; readonly microdollars: number },
  ): Promise<void>
}

/** The budget granted nothing that would cover this call. */
export class CallRefused extends Error {}

const ANSWER_MS = 10_000

export function openCalls(options: CallsOptions): PaidCalls {
  return {
    async begin({ node, key, question }) {
      const { reservation: id } = question
      const agent = id.slice(0, Math.max(0, id.indexOf('/')))
      if (!agent.startsWith(`${node}.`) || !key.startsWith(`${agent}/`))
        throw new CallRefused(`${id} is not a reservation of the asking agent, ${key}`)
      const call = { id, call: key, ...leastOf(question, options.models) }
      const ledger = options.ledger()
      if (!ledger) throw new RetryableError('the budget is restarting')
      const refusal = beginRefusal(ledger, call)
      if (refusal === undefined) await noteBegun(call, options)
      else if (!(await options.isKept(key))) throw new CallRefused(refusal)
      return agent
    },
    async charge({ key, reservation: id }, { usage, microdollars }) {
      await tell(options, `calls/${key}/charge`, { type: 'CALL.CHARGED', id, usage, microdollars })
    },
  }
}

interface PaidCall {
  readonly id: string
  readonly call: string
  readonly tokens: number
  readonly microdollars: number
}

/** C1. */
async function noteBegun(call: PaidCall, options: CallsOptions): Promise<void> {
  const isBegun = (): boolean => options.ledger()?.reservations.get(call.id)?.call === call.call
  if (isBegun()) return
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const unwatch = options.onStep(() => {
    const ledger = options.ledger()
    if (isBegun()) resolve(true)
    else if (ledger && beginRefusal(ledger, call) !== undefined) resolve(false)
  })
  try {
    await tell(options, `calls/${call.call}/begin`, { type: 'CALL.BEGUN', ...call })
    if (await within(systemClock, ANSWER_MS, promise, () => false)) return
  } finally {
    unwatch()
  }
  const ledger = options.ledger()
  const refusal = ledger && beginRefusal(ledger, call)
  throw refusal === undefined ? new RetryableError('the budget did not answer') : new CallRefused(refusal)
}

async function tell({ mail }: CallsOptions, id: string, event: BudgetMail): Promise<void> {
  const receipt = await mail.publish({ id, to: BUDGET, from: null, event })
  if (receipt === 'refused') throw new RetryableError("the budget's mailbox is full")
}

/** The least that a question can take, of the most expensive model that may answer it. */
function leastOf(
  { role, request }: ModelCallRequest,
  models: ModelsInUse,
): { tokens: number; microdollars: number } {
  const { system, tools, turns, maxOutputTokens } = request
  const input = leastTokens(tokensOfText(system) + tokensOfText(JSON.stringify(tools)) + tokensIn(turns))
  return {
    tokens: input + maxOutputTokens,
    microdollars: mostCost(models[role].price, input, maxOutputTokens),
  }
}
