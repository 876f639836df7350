// Budget closing
//
// Owns:   what is left of an account when it is over: open reservations count as taken, sums of tasks and attempts go.
// Leaves: who is granted what (budget-ledger.ts).
//
// L5. No reservation is forgotten: of one whose account is over all counts as taken until its settlement comes.

import type { BudgetFact } from '../facts.ts'
import {
  added,
  emptySum,
  openPlaces,
  type Place,
  placeOf,
  placesOf,
  withReserved,
  withSettled,
} from './budget-accounts.ts'
import { nothing } from './budget-caps.ts'
import type { BudgetEventOf } from './budget-events.ts'
import type { Ledger, Reservation, Turn } from './budget-ledger.ts'
import type { Account, Share } from './budget-mail.ts'

/** What it had reserved is free again; what was assumed of one that was written off is taken back (L5). */
export function released(ledger: Ledger, id: string, { account, amounts, writtenOff }: Reservation): Ledger {
  const reservations = ledger.reservations.delete(id)
  if (!writtenOff) return { ...withReserved(ledger, placesOf(account), amounts, -1), reservations }
  const back = added(nothing, amounts, -1)
  return { ...withSettled(ledger, lasting(placesOf(account)), back, 0).accounts, reservations }
}

/** Accounts that are kept when they are over. */
export function lasting(places: readonly Place[]): Place[] {
  return places.filter(({ scope }) => scope === 'run' || scope === 'milestone')
}

type Closing = Omit<BudgetEventOf<'CLOSED'>, 'type'>

export function closed(ledger: Ledger, closing: Closing): Turn {
  const facts: BudgetFact[] = []
  let after: Ledger = {
    ...ledger,
    waiting: ledger.waiting.filter(({ account }) => !within(account, closing)),
  }
  for (const [id, reservation] of ledger.reservations) {
    const { account, amounts, writtenOff } = reservation
    if (writtenOff || !within(account, closing)) continue
    const freed = withReserved(after, placesOf(account), amounts, -1)
    const { accounts, alerts } = withSettled(freed, placesOf(account), amounts, 0)
    facts.push(...alerts)
    after = { ...accounts, reservations: after.reservations.set(id, { ...reservation, writtenOff: true }) }
  }
  return { ledger: pruned(after, closing), mail: [], facts }
}

/** The sums of tasks and attempts are needed no more, and who asked for them asks no more. */
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

/** A milestone that is worked on again is over no more. */
export function reopened(ledger: Ledger, { milestone }: Account): Ledger {
  const { key } = placeOf([milestone])
  const { over, ...sum } = ledger.sums.get(key) ?? emptySum
  return over ? { ...ledger, sums: ledger.sums.set(key, sum) } : ledger
}

/** Whether what comes for an account comes too late: it is over, or was never begun. */
export function isOver({ sums }: Ledger, places: readonly Place[]): boolean {
  return places.some(({ scope, key }) => {
    const sum = sums.get(key)
    return scope === 'milestone' ? sum?.over === true : scope !== 'run' && sum === undefined
  })
}

/** An attempt is over when the next one of its task begins, whether anybody said so or not. */
export function withAttempt(ledger: Ledger, { milestone, task, attempt }: Account): Turn {
  const isThere = (number: number): boolean =>
    ledger.sums.get(placeOf([milestone, task, number]).key) !== undefined
  if (isThere(attempt) || !isThere(attempt - 1)) return { ledger, mail: [], facts: [] }
  return closed(ledger, { milestone, task, attempt: attempt - 1 })
}
