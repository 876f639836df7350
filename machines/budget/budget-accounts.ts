// Budget accounts
//
// Sums of spent and reserved amounts for the run, each milestone, task and attempt; compares them with the caps and
// finds the thresholds that were passed.
// Leaves: single reservations and waiting requests (budget-ledger.ts).
//
// Settled amounts only grow, except when an assumed amount is corrected.
// A2. Each threshold is told once for each value of a cap.

import { PersistentMap } from '../../kernel/index.ts'
import type { BudgetFact } from '../facts.ts'
import {
  type Amounts,
  amountText,
  type Budget,
  type BudgetScope,
  type Cap,
  type Dimension,
  dimensions,
  limitOf,
  nothing,
  scopes,
} from './budget-caps.ts'
import type { Share } from './budget-mail.ts'

export interface Sum {
  readonly settled: Amounts
  readonly reserved: Amounts
  /** Settled model calls. */
  readonly calls: number
  /** The highest percent that was told, and the cap it was told for (A2). */
  readonly told: Readonly<Partial<Record<Dimension, { readonly cap: number; readonly percent: number }>>>
  /** No more calls come; of closed accounts only sums of milestones are kept. */
  readonly over?: true
}

export interface Accounts {
  /** The caps at the start, with raises. */
  readonly caps: Budget
  /** Caps of milestones that were raised one by one. */
  readonly raised: Readonly<Record<string, Cap>>
  /** By `key` of a place. */
  readonly sums: PersistentMap<Sum>
}

/** One account: its scope and the names down to it. */
export interface AccountPlace {
  readonly scope: BudgetScope
  readonly key: string
  readonly milestone: string | null
  readonly task: string | null
  readonly attempt: number | null
}

export const emptySum: Sum = { settled: nothing, reserved: nothing, calls: 0, told: {} }

export function openAccounts(caps: Budget): Accounts {
  return { caps, raised: {}, sums: PersistentMap.empty<Sum>() }
}

/** From the widest to the narrowest; an amount of unknown origin counts for the run alone. */
export function placesOf(account: Share | null): AccountPlace[] {
  const { milestone, task, attempt } = account ?? {}
  const all = [milestone, task, attempt]
  const end = all.indexOf(undefined)
  const names = all.slice(0, end < 0 ? all.length : end) as (string | number)[]
  return scopes.slice(0, names.length + 1).map((_, depth) => placeOf(names.slice(0, depth)))
}

export const RUN = '[]'

/** From the names that lead to it. */
export function placeOf(names: readonly (string | number)[]): AccountPlace {
  const [milestone = null, task = null, attempt = null] = names
  return {
    scope: scopes[names.length] ?? 'attempt',
    key: JSON.stringify(names),
    milestone: milestone === null ? null : String(milestone),
    task: task === null ? null : String(task),
    attempt: attempt === null ? null : Number(attempt),
  }
}

/** Open accounts, the run first. */
export function openPlaces({ sums }: Accounts): AccountPlace[] {
  const open = [...sums].filter(([key, { over }]) => !over && key !== RUN)
  return [RUN, ...open.map(([key]) => key)].map((key) => placeOf(JSON.parse(key) as (string | number)[]))
}

export function capOf({ caps, raised }: Accounts, { scope, milestone }: AccountPlace): Cap | undefined {
  const isRaised = scope === 'milestone' && milestone !== null && Object.hasOwn(raised, milestone)
  return isRaised ? raised[milestone] : caps[scope]
}

/** Adds a reservation; `sign` -1 removes it from the accounts that still exist. */
export function withReserved<Held extends Accounts>(
  accounts: Held,
  places: readonly AccountPlace[],
  amounts: Amounts,
  sign: 1 | -1,
): Held {
  let { sums } = accounts
  for (const { key } of places) {
    const sum = sums.get(key) ?? (sign === 1 ? emptySum : undefined)
    if (sum) sums = sums.set(key, { ...sum, reserved: added(sum.reserved, amounts, sign) })
  }
  return { ...accounts, sums }
}

export interface Counting<Held extends Accounts> {
  readonly accounts: Held
  readonly alerts: readonly BudgetFact[]
}

/** Adds a spent amount; returns the thresholds that it passed. */
export function withSettled<Held extends Accounts>(
  accounts: Held,
  places: readonly AccountPlace[],
  amounts: Amounts,
  calls: number,
): Counting<Held> {
  let { sums } = accounts
  const alerts: BudgetFact[] = []
  for (const place of places) {
    const before = sums.get(place.key) ?? emptySum
    const sum = { ...before, settled: added(before.settled, amounts, 1), calls: before.calls + calls }
    const passed = passedBy(accounts, place, sum)
    alerts.push(...passed.map(({ fact }) => fact))
    const told = Object.fromEntries(
      passed.map(({ dimension, cap, percent }) => [dimension, { cap, percent }]),
    )
    sums = sums.set(place.key, { ...sum, told: { ...sum.told, ...told } })
  }
  return { accounts: { ...accounts, sums }, alerts }
}

/** An amount that does not fit below a cap. */
export interface Shortfall {
  readonly place: AccountPlace
  /** `cap`: it would not fit even if nothing else were reserved. `turn`: it fits when others settle for less. */
  readonly kind: 'cap' | 'turn'
  readonly reason: string
}

export function shortfalls(accounts: Accounts, places: readonly AccountPlace[], asked: Amounts): Shortfall[] {
  return places.flatMap((place) => {
    const { settled, reserved } = accounts.sums.get(place.key) ?? emptySum
    return dimensions.flatMap((dimension): Shortfall[] => {
      const cap = limitOf(capOf(accounts, place), dimension)
      if (cap === undefined) return []
      const figures = { cap, paid: settled[dimension], held: reserved[dimension], ask: asked[dimension] }
      const kind = shortfall(dimension, figures)
      return kind ? [{ place, kind, reason: reasonOf(place, dimension, figures) }] : []
    })
  })
}

type CapFigures = Readonly<Record<'cap' | 'paid' | 'held' | 'ask', number>>

function shortfall(
  dimension: Dimension,
  { cap, paid, held, ask }: CapFigures,
): Shortfall['kind'] | undefined {
  // Durations are unknown beforehand, so these dimensions end only when they are used up.
  if (dimension === 'ms' || dimension === 'computeMs') return paid >= cap ? 'cap' : undefined
  if (ask === 0) return undefined
  if (paid + ask > cap) return 'cap'
  return paid + held + ask > cap ? 'turn' : undefined
}

function reasonOf(place: AccountPlace, dimension: Dimension, { cap, paid, held, ask }: CapFigures): string {
  const text = (amount: number): string => amountText(dimension, amount)
  const more = ask > 0 ? `, ${text(held)} reserved, ${text(ask)} asked for` : ''
  return `${nameOf(place)} has taken ${text(paid)} of ${text(cap)}${more}`
}

/** Its name for people. */
export function nameOf({ scope, milestone, task, attempt }: AccountPlace): string {
  switch (scope) {
    case 'run':
      return 'the run'
    case 'milestone':
      return `milestone ${milestone}`
    case 'task':
      return `task ${task}`
    case 'attempt':
      return `attempt ${attempt} of task ${task}`
    default:
      return scope satisfies never
  }
}

export function added(one: Amounts, other: Amounts, sign: 1 | -1): Amounts {
  return {
    tokens: one.tokens + sign * other.tokens,
    microdollars: one.microdollars + sign * other.microdollars,
    computeMs: one.computeMs + sign * other.computeMs,
    ms: one.ms + sign * other.ms,
  }
}

/** Thresholds not told yet for this cap, for each dimension from the lowest to the highest (A2). */
function passedBy(accounts: Accounts, { key: _, ...place }: AccountPlace, { settled, told }: Sum) {
  return dimensions.flatMap((dimension) => {
    const cap = limitOf(capOf(accounts, { key: _, ...place }), dimension)
    if (cap === undefined || cap === 0) return []
    const known = told[dimension]
    const before = known?.cap === cap ? known.percent : 0
    const texts = { taken: amountText(dimension, settled[dimension]), cap: amountText(dimension, cap) }
    return accounts.caps.alerts
      .filter((percent) => percent > before && settled[dimension] * 100 >= cap * percent)
      .toSorted((a, b) => a - b)
      .map((percent) => {
        const fact: BudgetFact = { type: 'budget.alert', ...place, percent, ...texts }
        return { dimension, cap, percent, fact }
      })
  })
}
