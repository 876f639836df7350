// Budget ledger
//
// Owns:   who has reserved what, who waits, what was settled: what each event of a budget changes, and what is said
//         of it. Pure.
// Leaves: the sums and the caps (budget-accounts.ts), when it is asked (budget.ts).
//
// L1. A reservation is granted only if all that is settled and reserved stays below each cap with it: what is settled
//     exceeds a cap only by what vendors took beyond a reservation, or took without one.
// L2. By id: a reservation said twice is one, a settlement said twice counts once, in whatever order they come.
// L3. Whoever waits is granted in the order in which they came. One that no settlement would help, because its cap is
//     used up, holds up nobody.
// L4. What a task or an attempt may not take is refused; what the run or a milestone may not take waits for a person.
// L5. No reservation is forgotten: of one whose account is over all counts as taken until its settlement comes.

import { tokensOf } from '../models/usage.ts'
import { PersistentMap } from '../persistent-map.ts'
import {
  type Accounts,
  added,
  capOf,
  openAccounts,
  openPlaces,
  type Place,
  placeOf,
  placesOf,
  shortfalls,
  withReserved,
  withSettled,
} from './budget-accounts.ts'
import { type Amounts, type Budget, type Cap, nothing, raisedCap } from './budget-caps.ts'
import type { BudgetEventOf } from './budget-events.ts'
import type { Account, BudgetReply } from './budget-mail.ts'
import type { BudgetFact } from './facts.ts'
import { type Mail, mail } from './mail.ts'
import { hasNumber, type Numbers, withNumber } from './number-ranges.ts'

interface Reservation {
  readonly account: Account
  readonly amounts: Amounts
  /** Its account is over (L5). */
  readonly writtenOff?: true
}

export interface Waiter {
  readonly id: string
  readonly account: Account
  readonly amounts: Amounts
  readonly replyTo: string
  /** `quota`: a vendor's. `cap`: a person. `turn`: that others settle. */
  readonly waitsFor: 'quota' | 'cap' | 'turn'
  readonly reason: string
}

/** What one asker has settled. */
interface Asker {
  readonly account: Account | null
  readonly settled: Numbers
}

export interface Quota {
  readonly model: string
  readonly message: string
  /** Null: until a person resumes. */
  readonly retryAfterMs: number | null
}

export interface Ledger extends Accounts {
  readonly reservations: PersistentMap<Reservation>
  readonly waiting: readonly Waiter[]
  /** By what stands before `#` in their ids. */
  readonly askers: PersistentMap<Asker>
  /** Why nothing is granted to anybody. */
  readonly quota: Quota | null
}

/** What follows from an event. */
export interface Turn {
  readonly ledger: Ledger
  readonly mail: readonly Mail[]
  readonly facts: readonly BudgetFact[]
}

export function openLedger(caps: Budget): Ledger {
  return {
    ...openAccounts(caps),
    reservations: PersistentMap.empty<Reservation>(),
    waiting: [],
    askers: PersistentMap.empty<Asker>(),
    quota: null,
  }
}

export function reserve(ledger: Ledger, event: BudgetEventOf<'RESERVE'>): Turn {
  const { id, account, replyTo } = event
  const answered = (event: BudgetReply, after = ledger): Turn => {
    return { ledger: after, mail: [mail<BudgetReply>(replyTo, event)], facts: [] }
  }
  // L2: what was granted stays granted, also to who asks again after it was settled.
  if (ledger.reservations.get(id) || isSettled(ledger, id)) return answered({ type: 'BUDGET.GRANTED', id })
  const known = ledger.waiting.find((each) => each.id === id)
  if (known) {
    const waiting = ledger.waiting.map((each) => (each === known ? { ...each, replyTo } : each))
    return answered({ type: 'BUDGET.HELD', id, reason: known.reason }, { ...ledger, waiting })
  }
  const amounts = { ...nothing, tokens: event.tokens, microdollars: event.microdollars }
  const before = withAttempt(ledger, account)
  const begun = withAsker(before.ledger, id, account)
  const comer: Waiter = { id, account, amounts, replyTo, waitsFor: 'turn', reason: '' }
  const turn = drained({ ...before, ledger: { ...begun, waiting: [...begun.waiting, comer] } })
  const held = turn.ledger.waiting.find((each) => each.id === id)
  if (!held) return turn
  const reply = mail<BudgetReply>(replyTo, { type: 'BUDGET.HELD', id, reason: held.reason })
  return { ...turn, mail: [...turn.mail, reply] }
}

export function settle(ledger: Ledger, { id, usage, microdollars }: BudgetEventOf<'SETTLE'>): Turn {
  if (isSettled(ledger, id)) return unchanged(ledger)
  const reservation = ledger.reservations.get(id)
  const waiter = ledger.waiting.find((each) => each.id === id)
  const asker = ledger.askers.get(parted(id).asker)
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
  const places = reservation?.writtenOff ? lasting(placesOf(account)) : placesOf(account)
  const counted = withSettled(freed, places, { ...nothing, tokens, microdollars }, 1)
  const waiting = ledger.waiting.filter((each) => each !== waiter)
  const after = marked({ ...counted.accounts, waiting }, id, reservation?.writtenOff ? null : account)
  return drained({ ledger: after, mail: [], facts: [fact, ...counted.alerts] })
}

/** What a command took; nothing was reserved for it. */
export function spend(ledger: Ledger, { id, account, computeSeconds }: BudgetEventOf<'SPEND'>): Turn {
  const own = `command:${id}`
  if (isSettled(ledger, own)) return unchanged(ledger)
  const taken = { ...nothing, computeMs: Math.ceil(computeSeconds * 1_000) }
  const before = withAttempt(ledger, account)
  const counted = withSettled(before.ledger, placesOf(account), taken, 0)
  const facts = [...before.facts, ...counted.alerts]
  return drained({ ledger: marked(counted.accounts, own, account), mail: [], facts })
}

/** Time has passed; it counts for nobody while all who asked for something wait. */
export function passTime(ledger: Ledger, ms: number): Turn {
  const working = [...ledger.reservations].some(([, { writtenOff }]) => !writtenOff)
  if (!working && ledger.waiting.length > 0) return unchanged(ledger)
  const { accounts, alerts } = withSettled(ledger, openPlaces(ledger), { ...nothing, ms }, 0)
  return drained({ ledger: accounts, mail: [], facts: alerts })
}

/** No more comes of an attempt, a task or a milestone. */
export function close(ledger: Ledger, closing: BudgetEventOf<'CLOSED'>): Turn {
  return drained(closed(ledger, closing))
}

type Caps = BudgetEventOf<'RAISE'>

export function raise(ledger: Ledger, { milestone, scope, type: _, ...to }: Caps): Turn {
  const of = milestone === undefined ? (scope ?? 'run') : 'milestone'
  const place = { ...placeOf([]), scope: of, milestone: milestone ?? null }
  const before = capOf(ledger, place)
  const cap = raisedCap(before, to)
  const isHigher = JSON.stringify(cap) !== JSON.stringify(before ?? {})
  if (!isHigher) return drained(unchanged(ledger))
  const fact: BudgetFact = { type: 'budget.raised', scope: of, milestone: place.milestone, cap }
  // Who goes on waiting is told of anew: it waits at another cap.
  const waiting = ledger.waiting.map((each): Waiter => ({ ...each, waitsFor: 'turn' }))
  const raised = milestone === undefined ? allRaised(ledger, of, to) : { ...ledger.raised, [milestone]: cap }
  const caps = milestone === undefined ? { ...ledger.caps, [of]: cap } : ledger.caps
  return drained({ ledger: { ...ledger, caps, raised, waiting }, mail: [], facts: [fact] })
}

/** Milestones with a cap of their own get what all get. */
function allRaised({ raised }: Ledger, of: string, to: Cap): Ledger['raised'] {
  if (of !== 'milestone') return raised
  return Object.fromEntries(Object.entries(raised).map(([milestone, cap]) => [milestone, raisedCap(cap, to)]))
}

/** Nothing is granted until `resume`. */
export function shut(ledger: Ledger, { model, message, retryAfterMs }: BudgetEventOf<'QUOTA.OUT'>): Turn {
  const wait = retryAfterMs === undefined ? null : Math.ceil(retryAfterMs)
  const quota: Quota = { model, message, retryAfterMs: wait }
  const fact: BudgetFact = { type: 'budget.out_of_quota', ...quota }
  return drained({ ledger: { ...ledger, quota }, mail: [], facts: [fact] })
}

/** What waits is looked at again, whatever held it. */
export function resume(ledger: Ledger): Turn {
  const facts: BudgetFact[] = ledger.quota ? [{ type: 'budget.resumed' }] : []
  return drained({ ledger: { ...ledger, quota: null }, mail: [], facts })
}

/** Somebody waits for a person. */
export function isAtCap({ waiting }: Ledger): boolean {
  return waiting.some(({ waitsFor }) => waitsFor === 'cap')
}

function unchanged(ledger: Ledger): Turn {
  return { ledger, mail: [], facts: [] }
}

/** Grants, refuses and goes on holding what waits, in order (L1, L3, L4). */
function drained({ ledger, ...said }: Turn): Turn {
  if (ledger.waiting.length === 0) return { ledger, ...said }
  const sent = [...said.mail]
  const facts = [...said.facts]
  const waiting: Waiter[] = []
  /** Accounts at which somebody waits for others to settle. */
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
        sent.push(mail<BudgetReply>(replyTo, { type: 'BUDGET.REFUSED', id, reason: decision.reason }))
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

type Decision =
  | { readonly kind: 'grant' }
  | { readonly kind: 'refuse'; readonly reason: string }
  | {
      readonly kind: 'hold'
      readonly waitsFor: Waiter['waitsFor']
      readonly reason: string
      readonly place: Place
    }

function decide(ledger: Ledger, { account, amounts }: Waiter, queues: ReadonlySet<string>): Decision {
  const places = placesOf(account)
  const short = shortfalls(ledger, places, amounts)
  const never = short.filter(({ kind }) => kind === 'cap')
  const refusal = never.find(({ place: { scope } }) => scope === 'task' || scope === 'attempt')
  if (refusal) return { kind: 'refuse', reason: refusal.reason }
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

/** What it had reserved is free again; what was assumed of one that was written off is taken back (L5). */
function released(ledger: Ledger, id: string, { account, amounts, writtenOff }: Reservation): Ledger {
  const reservations = ledger.reservations.delete(id)
  if (!writtenOff) return { ...withReserved(ledger, placesOf(account), amounts, -1), reservations }
  const back = added(nothing, amounts, -1)
  return { ...withSettled(ledger, lasting(placesOf(account)), back, 0).accounts, reservations }
}

/** Accounts that are kept when they are over. */
function lasting(places: readonly Place[]): Place[] {
  return places.filter(({ scope }) => scope === 'run' || scope === 'milestone')
}

type Closing = Omit<BudgetEventOf<'CLOSED'>, 'type'>

function closed(ledger: Ledger, closing: Closing): Turn {
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

function within(account: Account, { milestone, task, attempt }: Closing): boolean {
  return (
    account.milestone === milestone &&
    (task === undefined || account.task === task) &&
    (attempt === undefined || account.attempt === attempt)
  )
}

/** An attempt is over when the next one of its task begins, whether anybody said so or not. */
function withAttempt(ledger: Ledger, { milestone, task, attempt }: Account): Turn {
  const isThere = (number: number): boolean =>
    ledger.sums.get(placeOf([milestone, task, number]).key) !== undefined
  if (isThere(attempt) || !isThere(attempt - 1)) return unchanged(ledger)
  return closed(ledger, { milestone, task, attempt: attempt - 1 })
}

function parted(id: string): { asker: string; number: number } {
  const [, asker = id, number = '0'] = /^(.*)#(\d{1,15})$/s.exec(id) ?? []
  return { asker, number: Number(number) }
}

function isSettled({ askers }: Ledger, id: string): boolean {
  const { asker, number } = parted(id)
  return hasNumber(askers.get(asker)?.settled ?? [], number)
}

function withAsker(ledger: Ledger, id: string, account: Account): Ledger {
  const { asker } = parted(id)
  const known = ledger.askers.get(asker)
  if (known?.account) return ledger
  return { ...ledger, askers: ledger.askers.set(asker, { account, settled: known?.settled ?? [] }) }
}

function marked(ledger: Ledger, id: string, account: Account | null): Ledger {
  const { asker, number } = parted(id)
  const known = ledger.askers.get(asker) ?? { account, settled: [] }
  const settled = withNumber(known.settled, number)
  return { ...ledger, askers: ledger.askers.set(asker, { ...known, settled }) }
}
