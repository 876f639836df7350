// Calls that home makes for agents elsewhere: under a reservation one, and counted as home saw it.

import { expect, it } from 'vitest'
import { openPlaces } from '../../machines/budget/budget-accounts.ts'
import * as books from '../../machines/budget/budget-ledger.ts'
import type { Ledger } from '../../machines/budget/ledger.ts'
import { budgetSchema, noUsage } from '../../machines/index.ts'

const id = 'node-a-7.worker:1.agent/m/t/1#1'
const account = { milestone: 'm', task: 't', attempt: 1 }
const call = { id, call: 'k1', tokens: 60, microdollars: 60 }
const usage = { ...noUsage, input: 50 }

function reserved(): Ledger {
  const ledger = books.openLedger(budgetSchema.parse({}))
  const order = { id, account, tokens: 100, microdollars: 100, replyTo: 'x' }
  return books.reserve(ledger, { type: 'RESERVE', ...order }).ledger
}

function begun(): Ledger {
  return books.beginCall(reserved(), { type: 'CALL.BEGUN', ...call }).ledger
}

function taken(ledger: Ledger): number {
  return ledger.sums.get('[]')?.settled.microdollars ?? 0
}

it('are refused without a reservation, beyond it, under that of another call, and when the attempt is over', () => {
  const [none, open, busy] = [books.openLedger(budgetSchema.parse({})), reserved(), begun()]
  expect(books.beginRefusal(none, call)).toContain('nothing is reserved')
  expect(books.beginRefusal(open, call)).toBeUndefined()
  expect(books.beginRefusal(open, { ...call, tokens: 101 })).toContain('at least 101 tokens')
  expect(books.beginRefusal(open, { ...call, microdollars: 101 })).toContain('101 microdollars')
  expect(books.beginRefusal(busy, call)).toBeUndefined()
  expect(books.beginRefusal(busy, { ...call, call: 'k2' })).toContain('another call')
  const over = books.close(open, { type: 'CLOSED', ...account }).ledger
  expect(books.beginRefusal(over, call)).toContain('is over')
  expect(books.beginCall(open, { type: 'CALL.BEGUN', ...call, tokens: 101 }).ledger).toEqual(open)
})

it('count as home saw them, whatever the agent settles before or after', () => {
  const cheap = { type: 'SETTLE', id, usage: noUsage, microdollars: 0 } as const
  const charge = { type: 'CALL.CHARGED', id, usage, microdollars: 70 } as const
  const early = books.settle(begun(), cheap).ledger
  expect(taken(early)).toBe(0)
  const charged = books.charge(early, charge).ledger
  expect(taken(charged)).toBe(70)
  expect(charged.reservations.get(id)).toBeUndefined()
  expect(taken(books.settle(charged, { ...cheap, microdollars: 5_000 }).ledger)).toBe(70)
  expect(taken(books.charge(charged, charge).ledger)).toBe(70)
  // Settled before the call: it is not made.
  expect(books.beginRefusal(books.settle(reserved(), cheap).ledger, call)).toContain('nothing is reserved')
})

it('count as reserved when their attempt is over before they come back, and are corrected then', () => {
  const over = books.close(begun(), { type: 'CLOSED', ...account }).ledger
  expect(taken(over)).toBe(100)
  const charge = { type: 'CALL.CHARGED', id, usage, microdollars: 70 } as const
  expect(taken(books.charge(over, charge).ledger)).toBe(70)
  expect(openPlaces(over)[0]?.scope).toBe('run')
})

it('lets an agent elsewhere settle what it has reserved, and no more', () => {
  const open = reserved()
  const settle = (microdollars: number, tokens = 10) => ({
    id,
    usage: { ...noUsage, input: tokens },
    microdollars,
  })
  expect(books.maySettle(open, settle(100))).toBe(true)
  expect(books.maySettle(open, settle(101))).toBe(false)
  expect(books.maySettle(open, settle(1, 101))).toBe(false)
  expect(books.maySettle(open, { ...settle(0), id: `${id}0` })).toBe(false)
  const settled = books.settle(open, { type: 'SETTLE', ...settle(5) }).ledger
  expect(books.maySettle(settled, settle(1_000_000))).toBe(true)
})
