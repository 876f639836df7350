// Budget post
//
// Owns:   what of a budget's mail is sent again after a full mailbox did not take it.
// Leaves: when (budget.ts), what is said first (budget-ledger.ts).
//
// P1. What is still true is sent again until it is taken: nobody waits for ever for an answer that was given. What is
//     true no more was overtaken by another answer, or nobody waits for it.

import type { Event, Mail } from '../../kernel/index.ts'
import { isSettled } from './budget-askers.ts'
import type { Ledger } from './budget-ledger.ts'
import { budgetReplySchema } from './budget-mail.ts'

/** Those of the letters that came back that still hold. */
export function stillTrue(ledger: Ledger, unsent: readonly Mail[]): Mail[] {
  return unsent.filter(({ event }) => holds(ledger, event))
}

function holds(ledger: Ledger, event: Event): boolean {
  const reply = budgetReplySchema.safeParse(event).data
  // To the pool: whether models may be asked.
  if (!reply) return 'available' in event && event.available === (ledger.quota === null)
  const { id, type } = reply
  switch (type) {
    case 'BUDGET.GRANTED': {
      const reservation = ledger.reservations.get(id)
      return reservation !== undefined && !reservation.writtenOff && !isSettled(ledger, id)
    }
    case 'BUDGET.HELD':
      return ledger.waiting.some((each) => each.id === id)
    case 'BUDGET.REFUSED':
      return true
    default:
      return type satisfies never
  }
}
