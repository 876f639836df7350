// Budget post
//
// Selects the mail of a budget that is sent again after a full mailbox refused it.
// Leaves: when (budget.ts), the first sending (budget-ledger.ts).
//
// P1. Mail that is still valid is sent again until it is accepted, so no asker waits for ever for an answer that was
//     given. Other mail was replaced by a later answer, or its asker no longer waits.

import type { Event, SendParams } from '../../kernel/index.ts'
import { isSettled } from './budget-askers.ts'
import { budgetReplySchema } from './budget-mail.ts'
import type { Ledger } from './ledger.ts'

/** The refused mail that is still valid. */
export function stillTrue(ledger: Ledger, unsent: readonly SendParams[]): SendParams[] {
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
