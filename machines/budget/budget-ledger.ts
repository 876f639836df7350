// Budget ledger
//
// The reservations, waiting requests and settlements of a budget: the change that each event makes, its mail and its
// telemetry. Pure.
// Leaves: sums and caps (budget-accounts.ts), closed accounts (budget-closing.ts), when it is called (budget.ts).
//
// L1. A reservation is granted only if all settled and reserved amounts with it stay within each cap. So settled
//     amounts exceed a cap only where a vendor took more than was reserved, or took without a reservation.
// L2. By id: a reservation sent twice is one, a settlement sent twice counts once, in whatever order they arrive.
// L3. Waiting requests are granted in order of arrival. A request that no settlement can help, because its cap is used
//     up, does not hold up the others.
// L4. A request above the cap of a task or an attempt is refused; above that of the run or a milestone it waits for a
//     person.
// L5: budget-closing.ts.
// L6. Home settles the calls that it makes for an agent on another node. Until then the agent's own settlement does not
//     count, and afterwards it is a duplicate.

import { mail, PersistentMap } from '../../kernel/index.ts'
import type { BudgetFact } from '../facts.ts'
import { tokensOf } from '../models/usage.ts'
import {
  type AccountPlace,
  capOf,
  openAccounts,
  openPlaces,
  placeOf,
  placesOf,
  type Shortfall,
  shortfalls,
  withReserved,
  withSettled,
} from './budget-accounts.ts'
import { type AskerRecord, askerOf, isSettled, marked, withAsker } from './budget-askers.ts'
import { type Budget, type Cap, nothing, raisedCap } from './budget-caps.ts'
import { closed, countedIn, isOver, lasting, released, reopened, withAttempt } from './budget-closing.ts'
import type { BudgetEventOf } from './budget-events.ts'
import type { BudgetReply } from './budget-mail.ts'
import type { Ledger, LedgerChange, Quota, Reservation, Waiter } from './ledger.ts'

export function openLedger(caps: Budget): Ledger {
  return {
    ...openAccounts(caps),
    reservations: PersistentMap.empty<Reservation>(),
    waiting: [],
    askers: PersistentMap.empty<AskerRecord>(),
    late: [],
    quota: null,
  }
}

export function reserve(ledger: Ledger, event: BudgetEventOf<'RESERVE'>): LedgerChange {
  const { id, account, replyTo } = event
  const answered = (event: BudgetReply, after = ledger): LedgerChange => {
    return { ledger: after, mail: [mail<BudgetReply>(replyTo, event)], facts: [] }
  }
  // L2: a grant stays, also for a request that arrives again after its settlement.
  if (ledger.reservations.get(id) || isSettled(ledger, id)) return answered({ type: 'BUDGET.GRANTED', id })
  const known = ledger.waiting.find((each) => each.id === id)
  if (known) {
    const waiting = ledger.waiting.map((each) => (each === known ? { ...each, replyTo } : each))
    return answered({ type: 'BUDGET.HELD', id, reason: known.reason }, { ...ledger, waiting })
  }
  const amounts = { ...nothing, tokens: event.tokens, microdollars: event.microdollars }
  const before = withAttempt(reopened(ledger, account), account)
  const begun = withAsker(before.ledger, id, account)
  const comer: Waiter = { id, account, amounts, replyTo, waitsFor: 'turn', reason: '' }
  const turn = drained({ ...before, ledger: { ...begun, waiting: [...begun.waiting, comer] } })
  const held = turn.ledger.waiting.find((each) => each.id === id)
  if (!held) return turn
  const reply = mail<BudgetReply>(replyTo, { type: 'BUDGET.HELD', id, reason: held.reason })
  return { ...turn, mail: [...turn.mail, reply] }
}

export function settle(ledger: Ledger, { id, usage, microdollars }: BudgetEventOf<'SETTLE'>): LedgerChange {
  // L6.
  if (isSettled(ledger, id) || ledger.reservations.get(id)?.call !== undefined) return unchanged(ledger)
  return settled(ledger, { id, usage, microdollars })
}

type Settlement = Omit<BudgetEventOf<'SETTLE'>, 'type'>

function settled(ledger: Ledger, { id, usage, microdollars }: Settlement): LedgerChange {
  const reservation = ledger.reservations.get(id)
  const waiter = ledger.waiting.find((each) => each.id === id)
  const asker = askerOf(ledger, id)
  const account = (reservation ?? waiter ?? asker)?.account ?? null
  const tokens = tokensOf(usage)
  const fact: BudgetFact = {
    type: 'budget.settled',
    id,
    milestone: account?.milestone ?? null,
    task: account?.task ?? null,
    tokens,
    microdollars,
    reserved: reservation !== undefined,
  }
  const freed = reservation ? released(ledger, id, reservation) : ledger
  const places = reservation?.writtenOff ? countedIn(reservation) : placesOf(account)
  const counted = withSettled(freed, places, { ...nothing, tokens, microdollars }, 1)
  const waiting = ledger.waiting.filter((each) => each !== waiter)
  const after = marked({ ...counted.accounts, waiting }, id, reservation?.writtenOff ? null : account)
  return drained({ ledger: after, mail: [], facts: [fact, ...counted.alerts] })
}

/** Home begins a call for an agent on another node, if its reservation covers the call and has no other call (L6). */
export function beginCall(ledger: Ledger, event: BudgetEventOf<'CALL.BEGUN'>): LedgerChange {
  const { id, call } = event
  const reservation = ledger.reservations.get(id)
  if (!reservation || reservation.call !== undefined || beginRefusal(ledger, event) !== undefined)
    return unchanged(ledger)
  return { ...unchanged(ledger), ledger: withCall(ledger, id, { ...reservation, call }) }
}

function withCall(ledger: Ledger, id: string, reservation: Reservation): Ledger {
  return { ...ledger, reservations: ledger.reservations.set(id, reservation) }
}

/** Why a call must not be made under this reservation; undefined when it may be. */
export function beginRefusal(
  { reservations }: Pick<Ledger, 'reservations'>,
  { id, call, tokens, microdollars }: Omit<BudgetEventOf<'CALL.BEGUN'>, 'type'>,
): string | undefined {
  const reservation = reservations.get(id)
  if (!reservation) return `nothing is reserved under ${id}`
  const { amounts, writtenOff, call: begun = call } = reservation
  if (writtenOff) return `the attempt of ${id} is over`
  if (begun !== call) return `the reservation ${id} is that of another call`
  if (tokens > amounts.tokens)
    return `the call takes at least ${tokens} tokens and ${amounts.tokens} are reserved under ${id}`
  if (microdollars > amounts.microdollars)
    return `the call takes at least ${microdollars} microdollars and ${amounts.microdollars} are reserved under ${id}`
  return undefined
}

/** L6. */
export function charge(ledger: Ledger, event: BudgetEventOf<'CALL.CHARGED'>): LedgerChange {
  return isSettled(ledger, event.id) ? unchanged(ledger) : settled(ledger, event)
}

/** Whether an agent on another node may settle so: at most its reservation, or a duplicate of a settlement. */
export function maySettle(
  ledger: Ledger,
  { id, usage, microdollars }: Pick<BudgetEventOf<'SETTLE'>, 'id' | 'usage' | 'microdollars'>,
): boolean {
  const { amounts = undefined } =
    ledger.reservations.get(id) ?? ledger.waiting.find((each) => each.id === id) ?? {}
  if (isSettled(ledger, id)) return true
  return amounts !== undefined && tokensOf(usage) <= amounts.tokens && microdollars <= amounts.microdollars
}

/** Adds time of commands, which is never reserved. Of a closed task it counts for its milestone and the run. */
export function spend(ledger: Ledger, { id, account, computeSeconds }: BudgetEventOf<'SPEND'>): LedgerChange {
  const own = `command:${id}`
  if (isSettled(ledger, own)) return unchanged(ledger)
  const taken = { ...nothing, computeMs: Math.ceil(computeSeconds * 1_000) }
  const places = placesOf(account)
  const late = isOver(ledger, places)
  const { accounts, alerts } = withSettled(ledger, late ? lasting(places) : places, taken, 0)
  return drained({ ledger: marked(accounts, own, late ? null : account), mail: [], facts: alerts })
}

/** Adds passed time; it counts for no account while all askers wait. */
export function passTime(ledger: Ledger, ms: number): LedgerChange {
  const working = [...ledger.reservations].some(([, { writtenOff }]) => !writtenOff)
  if (!working && ledger.waiting.length > 0) return unchanged(ledger)
  const { accounts, alerts } = withSettled(ledger, openPlaces(ledger), { ...nothing, ms }, 0)
  return drained({ ledger: accounts, mail: [], facts: alerts })
}

/** Closes an attempt, a task or a milestone. */
export function close(ledger: Ledger, closing: BudgetEventOf<'CLOSED'>): LedgerChange {
  return drained(closed(ledger, closing))
}

type Caps = BudgetEventOf<'RAISE'>

export function raise(ledger: Ledger, { milestone, scope, type: _, ...to }: Caps): LedgerChange {
  const of = milestone === undefined ? (scope ?? 'run') : 'milestone'
  const place = { ...placeOf([]), scope: of, milestone: milestone ?? null }
  const before = capOf(ledger, place)
  const cap = raisedCap(before, to)
  const isHigher = JSON.stringify(cap) !== JSON.stringify(before ?? {})
  if (!isHigher) return drained(unchanged(ledger))
  const fact: BudgetFact = { type: 'budget.raised', scope: of, milestone: place.milestone, cap }
  // Requests that wait on are told again, because they may wait at another cap.
  const waiting = ledger.waiting.map((each): Waiter => ({ ...each, waitsFor: 'turn' }))
  const raised = milestone === undefined ? allRaised(ledger, of, to) : { ...ledger.raised, [milestone]: cap }
  const caps = milestone === undefined ? { ...ledger.caps, [of]: cap } : ledger.caps
  return drained({ ledger: { ...ledger, caps, raised, waiting }, mail: [], facts: [fact] })
}

/** Applies a raise for all milestones to those with a cap of their own. */
function allRaised({ raised }: Ledger, of: string, to: Cap): Ledger['raised'] {
  if (of !== 'milestone') return raised
  return Object.fromEntries(Object.entries(raised).map(([milestone, cap]) => [milestone, raisedCap(cap, to)]))
}

/** Grants nothing until `resume`. */
export function shut(
  ledger: Ledger,
  { model, message, retryAfterMs }: BudgetEventOf<'QUOTA.OUT'>,
): LedgerChange {
  const wait = retryAfterMs === undefined ? null : Math.ceil(retryAfterMs)
  const quota: Quota = { model, message, retryAfterMs: wait }
  const fact: BudgetFact = { type: 'budget.out_of_quota', ...quota }
  return drained({ ledger: { ...ledger, quota }, mail: [], facts: [fact] })
}

/** Examines all waiting requests again, whatever they wait for. */
export function resume(ledger: Ledger): LedgerChange {
  const facts: BudgetFact[] = ledger.quota ? [{ type: 'budget.resumed' }] : []
  return drained({ ledger: { ...ledger, quota: null }, mail: [], facts })
}

/** Whether a request waits for a person. */
export function isAtCap({ waiting }: Ledger): boolean {
  return waiting.some(({ waitsFor }) => waitsFor === 'cap')
}

function unchanged(ledger: Ledger): LedgerChange {
  return { ledger, mail: [], facts: [] }
}

/** Grants, refuses or goes on holding the waiting requests, in order (L1, L3, L4). */
function drained({ ledger, ...said }: LedgerChange): LedgerChange {
  if (ledger.waiting.length === 0) return { ledger, ...said }
  const sent = [...said.mail]
  const facts = [...said.facts]
  const waiting: Waiter[] = []
  /** Accounts at which a request waits for others to settle. */
  const queues = new Set<string>()
  let after = ledger
  for (const waiter of ledger.waiting) {
    const { id, account, amounts, replyTo } = waiter
    const decision = decide(after, waiter, queues)
    switch (decision.kind) {
      case 'grant':
        after = withReserved(after, placesOf(account), amounts, 1)
        after = { ...after, reservations: after.reservations.set(id, { account, amounts }) }
        sent.push(mail<BudgetReply>(replyTo, { type: 'BUDGET.GRANTED', id }))
        break
      case 'refuse':
        sent.push(mail<BudgetReply>(replyTo, { type: 'BUDGET.REFUSED', id, ...decision.refusal }))
        break
      case 'hold': {
        const { waitsFor, reason, place } = decision
        if (waitsFor === 'turn') queues.add(place.key)
        const { key: _, ...whose } = place
        if (waitsFor === 'cap' && waiter.waitsFor !== 'cap')
          facts.push({ type: 'budget.held', id, ...whose, reason })
        waiting.push({ ...waiter, waitsFor, reason })
        break
      }
      default:
        decision satisfies never
    }
  }
  return { ledger: { ...after, waiting }, mail: sent, facts }
}

type LedgerRefusal = Pick<BudgetReply & { type: 'BUDGET.REFUSED' }, 'reason' | 'scope'>

type LedgerDecision =
  | { readonly kind: 'grant' }
  | { readonly kind: 'refuse'; readonly refusal: LedgerRefusal }
  | {
      readonly kind: 'hold'
      readonly waitsFor: Waiter['waitsFor']
      readonly reason: string
      readonly place: AccountPlace
    }

function decide(ledger: Ledger, { account, amounts }: Waiter, queues: ReadonlySet<string>): LedgerDecision {
  const places = placesOf(account)
  const short = shortfalls(ledger, places, amounts)
  const never = short.filter(({ kind }) => kind === 'cap')
  const refusal = refusalIn(never)
  if (refusal) return { kind: 'refuse', refusal }
  const [run = placeOf([])] = places
  if (ledger.quota) return { kind: 'hold', waitsFor: 'quota', reason: ledger.quota.message, place: run }
  const [cap] = never
  if (cap) return { kind: 'hold', waitsFor: 'cap', reason: cap.reason, place: cap.place }
  const [turn] = short
  if (turn) return { kind: 'hold', waitsFor: 'turn', reason: turn.reason, place: turn.place }
  const queue = places.find(({ key }) => queues.has(key))
  if (!queue) return { kind: 'grant' }
  return { kind: 'hold', waitsFor: 'turn', reason: 'others wait before it', place: queue }
}

/** L4; the task's refusal comes first: it concerns later attempts, too. */
function refusalIn(never: readonly Shortfall[]): LedgerRefusal | undefined {
  for (const scope of ['task', 'attempt'] as const) {
    const found = never.find(({ place }) => place.scope === scope)
    if (found) return { reason: found.reason, scope }
  }
  return undefined
}
