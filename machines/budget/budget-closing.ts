// Budget closing
//
// Closes accounts: open reservations count as spent, sums of tasks and attempts are removed.
// Leaves: granting (budget-ledger.ts).
//
// L5. No reservation is forgotten: after its account closed, all of it counts as spent until its settlement arrives.

import type { BudgetFact } from '../facts.ts'
import {
  type AccountPlace,
  added,
  emptySum,
  openPlaces,
  placeOf,
  placesOf,
  withReserved,
  withSettled,
} from './budget-accounts.ts'
import { nothing } from './budget-caps.ts'
import type { BudgetEventOf } from './budget-events.ts'
import type { BudgetAccount, Share } from './budget-mail.ts'
import type { Ledger, LedgerChange, Reservation } from './ledger.ts'

/** Frees a reservation; for one that was written off, removes the assumed amount (L5). */
export function released(ledger: Ledger, id: string, reservation: Reservation): Ledger {
  const { account, amounts, writtenOff } = reservation
  const reservations = ledger.reservations.delete(id)
  if (!writtenOff) return { ...withReserved(ledger, placesOf(account), amounts, -1), reservations }
  const back = added(nothing, amounts, -1)
  return { ...withSettled(ledger, countedIn(reservation), back, 0).accounts, reservations }
}

/** The accounts that count a reservation that was written off. */
export function countedIn({ account, inTask }: Reservation): AccountPlace[] {
  const places = placesOf(account)
  return inTask ? places.filter(({ scope }) => scope !== 'attempt') : lasting(places)
}

/** Accounts that are kept after they close. */
export function lasting(places: readonly AccountPlace[]): AccountPlace[] {
  return places.filter(({ scope }) => scope === 'run' || scope === 'milestone')
}

type Closing = Omit<BudgetEventOf<'CLOSED'>, 'type'>

export function closed(ledger: Ledger, closing: Closing): LedgerChange {
  const facts: BudgetFact[] = []
  let after: Ledger = {
    ...ledger,
    waiting: ledger.waiting.filter(({ account }) => !within(account, closing)),
  }
  for (const [id, reservation] of ledger.reservations) {
    const { account, amounts, writtenOff, inTask: _, ...rest } = reservation
    if (!within(account, closing)) continue
    const isTaskOpen = closing.attempt !== undefined
    const off: Reservation = {
      ...rest,
      account,
      amounts,
      writtenOff: true,
      ...(isTaskOpen && { inTask: true }),
    }
    if (writtenOff) {
      // Its task's account is removed now.
      if (!isTaskOpen) after = { ...after, reservations: after.reservations.set(id, off) }
      continue
    }
    const freed = withReserved(after, placesOf(account), amounts, -1)
    const { accounts, alerts } = withSettled(freed, placesOf(account), amounts, 0)
    facts.push(...alerts)
    after = { ...accounts, reservations: after.reservations.set(id, off) }
  }
  return { ledger: pruned(after, closing), mail: [], facts }
}

/** Removes the sums of tasks and attempts, and the askers below them. */
function pruned(ledger: Ledger, closing: Closing): Ledger {
  let { sums, askers } = ledger
  for (const [asker, { account }] of askers)
    if (account && within(account, closing)) askers = askers.delete(asker)
  for (const { scope, key, milestone, task, attempt } of openPlaces(ledger)) {
    if (scope === 'run' || milestone !== closing.milestone) continue
    const sum = sums.get(key)
    if (scope === 'milestone') {
      if (sum && closing.task === undefined) sums = sums.set(key, { ...sum, over: true })
    } else if (
      (closing.task === undefined || closing.task === task) &&
      (closing.attempt === undefined || closing.attempt === attempt)
    )
      sums = sums.delete(key)
  }
  return { ...ledger, sums, askers }
}

function within(account: Share, { milestone, task, attempt }: Closing): boolean {
  return (
    account.milestone === milestone &&
    (task === undefined || account.task === task) &&
    (attempt === undefined || account.attempt === attempt)
  )
}

/** Opens a milestone again when work on it resumes. */
export function reopened(ledger: Ledger, { milestone }: BudgetAccount): Ledger {
  const { key } = placeOf([milestone])
  const { over, ...sum } = ledger.sums.get(key) ?? emptySum
  return over ? { ...ledger, sums: ledger.sums.set(key, sum) } : ledger
}

/** Whether mail for an account comes too late: the account is closed, or was never opened. */
export function isOver({ sums }: Ledger, places: readonly AccountPlace[]): boolean {
  return places.some(({ scope, key }) => {
    const sum = sums.get(key)
    return scope === 'milestone' ? sum?.over === true : scope !== 'run' && sum === undefined
  })
}

/** Opens an attempt's account; this closes the previous attempt of the task, if no `CLOSED` did. */
export function withAttempt(ledger: Ledger, { milestone, task, attempt }: BudgetAccount): LedgerChange {
  const isThere = (number: number): boolean =>
    ledger.sums.get(placeOf([milestone, task, number]).key) !== undefined
  if (isThere(attempt) || !isThere(attempt - 1)) return { ledger, mail: [], facts: [] }
  return closed(ledger, { milestone, task, attempt: attempt - 1 })
}
