// Ledger
//
// The state of a budget, and the result of one message.
// Leaves: the change that each message makes (budget-ledger.ts and budget-closing.ts, which explain L5 and L6).

import type { PersistentMap, SendParams } from '../../kernel/index.ts'
import type { BudgetFact } from '../facts.ts'
import type { Accounts } from './budget-accounts.ts'
import type { Askers } from './budget-askers.ts'
import type { Amounts } from './budget-caps.ts'
import type { BudgetAccount } from './budget-mail.ts'

export interface Reservation {
  readonly account: BudgetAccount
  readonly amounts: Amounts
  /** Its account is closed (L5). */
  readonly writtenOff?: true
  /** Written off while its task's account was open, which counts it, too. */
  readonly inTask?: true
  /** The call that home makes under it for an agent on another node (L6). */
  readonly call?: string
}

export interface Waiter {
  readonly id: string
  readonly account: BudgetAccount
  readonly amounts: Amounts
  readonly replyTo: string
  /** `quota`: the vendor's quota returns. `cap`: a person raises a cap. `turn`: others settle. */
  readonly waitsFor: 'quota' | 'cap' | 'turn'
  readonly reason: string
}

export interface Quota {
  readonly model: string
  readonly message: string
  /** Null: until a person resumes. */
  readonly retryAfterMs: number | null
}

export interface Ledger extends Accounts, Askers {
  readonly reservations: PersistentMap<Reservation>
  readonly waiting: readonly Waiter[]
  /** Why no request is granted. */
  readonly quota: Quota | null
}

/** The result of an event. */
export interface LedgerChange {
  readonly ledger: Ledger
  readonly mail: readonly SendParams[]
  readonly facts: readonly BudgetFact[]
}
