// The books of a budget against a plain model of them, under any order of reservations, settlements, commands, ends and
// raised caps, said once or more often.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type BudgetEventOf, budgetEventSchema } from '../../machines/budget/budget-events.ts'
import * as books from '../../machines/budget/budget-ledger.ts'
import type { Share } from '../../machines/budget/budget-mail.ts'
import type { Ledger, LedgerChange } from '../../machines/budget/ledger.ts'
import { budgetSchema, noUsage } from '../../machines/index.ts'

interface Call {
  readonly id: string
  milestone: string | null
  readonly task: string
  readonly asked: number
  taken: number | null
  state: 'unknown' | 'waiting' | 'open' | 'refused' | 'settled' | 'dropped'
  /** Its account was over while it was open: all of it counts until it is settled. */
  writtenOff: boolean
}

const tasks = [
  ['m1', 'a'],
  ['m1', 'b'],
  ['m2', 'c'],
] as const

const number = fc.nat({ max: 5 })
const operation = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ op: fc.constant('reserve' as const), call: number, task: fc.nat({ max: 2 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant('settle' as const),
      call: number,
      task: fc.nat({ max: 2 }),
      part: fc.nat({ max: 150 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('close' as const), task: fc.nat({ max: 2 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('raise' as const),
      to: fc.integer({ min: 50, max: 400 }),
      milestone: fc.constantFrom(undefined, 'm1'),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ op: 'out' as const }) },
  { weight: 1, arbitrary: fc.constant({ op: 'resume' as const }) },
)
type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never
const sizes = [5, 20, 40, 70, 0, 33]

/** Tells the books, and keeps the same in the simplest way there is. */
class Story {
  ledger: Ledger
  readonly calls = new Map<string, Call>()
  readonly alerts: string[] = []
  /** What was settled beyond what was granted: of it nobody could know. */
  beyond = 0
  readonly caps = { run: 120, m1: 80, m2: 80, task: 75 }

  readonly #over = new Set<string>()
  readonly #known = new Set<string>()

  constructor() {
    const caps = { run: { tokens: 120 }, milestone: { tokens: 80 }, task: { tokens: 75 } }
    this.ledger = books.openLedger(budgetSchema.parse(caps))
  }

  tell(operation: Operation): void {
    switch (operation.op) {
      case 'reserve':
        return this.#reserve(this.#call(operation))
      case 'settle':
        return this.#settle(this.#call(operation), operation.part)
      case 'close':
        return this.#close(operation.task)
      case 'raise': {
        const { to, milestone } = operation
        if (milestone === undefined) this.caps.run = Math.max(this.caps.run, to)
        else this.caps.m1 = Math.max(this.caps.m1, to)
        return this.#follow(books.raise(this.ledger, { type: 'RAISE', tokens: to, milestone }))
      }
      case 'out':
        return this.#follow(books.shut(this.ledger, { type: 'QUOTA.OUT', model: 'a/b', message: 'out' }))
      case 'resume':
        return this.#follow(books.resume(this.ledger))
    }
  }

  #call({ call, task }: { call: number; task: number }): Call {
    const [milestone, name] = tasks[task] ?? tasks[0]
    const id = `${name}#${call}`
    const fresh: Call = {
      id,
      milestone,
      task: name,
      asked: sizes[call] ?? 1,
      taken: null,
      state: 'unknown',
      writtenOff: false,
    }
    const known = this.calls.get(id) ?? fresh
    this.calls.set(id, known)
    return known
  }

  #reserve({ id, milestone, task, asked }: Call): void {
    // Whose account is over asks no more.
    if (this.#over.has(task) || milestone === null) return
    this.#known.add(task)
    const account = { milestone, task, attempt: 1 }
    const event = { type: 'RESERVE', id, account, tokens: asked, microdollars: 0, replyTo: id } as const
    this.#follow(books.reserve(this.ledger, checked(event)), id)
  }

  #settle(call: Call, part: number): void {
    // Whose account is over settles no more but what was open then.
    if (this.#over.has(call.task) && !call.writtenOff) return
    const taken = Math.floor((call.asked * part) / 100)
    const usage = { input: taken, cacheRead: 0, cacheWrite: 0, output: 0 }
    if (call.state !== 'settled') {
      // Of whom nothing was heard before, nobody knows whose it is.
      if (!this.#known.has(call.task) && call.state !== 'open') call.milestone = null
      this.beyond += Math.max(0, taken - (call.state === 'open' ? call.asked : 0))
      call.taken = taken
      call.state = 'settled'
      call.writtenOff = false
    }
    this.#follow(books.settle(this.ledger, checked({ type: 'SETTLE', id: call.id, usage, microdollars: 0 })))
  }

  #close(index: number): void {
    const [milestone, task] = tasks[index] ?? tasks[0]
    this.#over.add(task)
    for (const call of this.calls.values()) {
      if (call.task !== task) continue
      if (call.state === 'open') call.writtenOff = true
      if (call.state === 'waiting' || call.state === 'unknown' || call.state === 'refused')
        call.state = 'dropped'
    }
    this.#follow(books.close(this.ledger, { type: 'CLOSED', milestone, task }))
  }

  #follow({ ledger, mail, facts }: LedgerChange, asking?: string): void {
    this.ledger = ledger
    for (const { to, event } of mail) {
      const call = this.calls.get(to)
      if (!call || event.id !== to) throw new Error(`mail to ${to} about ${String(event.id)}`)
      if (event.type === 'BUDGET.GRANTED' && call.state !== 'settled') call.state = 'open'
      if (event.type === 'BUDGET.HELD') call.state = 'waiting'
      if (event.type === 'BUDGET.REFUSED') call.state = 'refused'
    }
    if (asking !== undefined)
      expect(
        mail.filter(({ to }) => to === asking),
        'whoever asks is answered once',
      ).toHaveLength(1)
    for (const fact of facts)
      if (fact.type === 'budget.alert')
        this.alerts.push(JSON.stringify([fact.scope, fact.milestone, fact.task, fact.cap, fact.percent]))
  }

  /** What the model says of an account. */
  figures(within: (call: Call) => boolean): { settled: number; reserved: number } {
    const all = [...this.calls.values()].filter(within)
    return {
      settled: sum(all.map((call) => (call.writtenOff ? call.asked : (call.taken ?? 0)))),
      reserved: sum(all.map((call) => (call.state === 'open' && !call.writtenOff ? call.asked : 0))),
    }
  }

  kept(...names: string[]): { settled: number; reserved: number } {
    const { settled, reserved } = this.ledger.sums.get(JSON.stringify(names)) ?? {}
    return { settled: settled?.tokens ?? 0, reserved: reserved?.tokens ?? 0 }
  }
}

function checked<Type extends 'RESERVE' | 'SETTLE'>(event: BudgetEventOf<Type>): BudgetEventOf<Type> {
  return budgetEventSchema.parse(event) as BudgetEventOf<Type>
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

it('what is settled and reserved never passes a cap, but for what was taken beyond or without a reservation', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (script) => {
      const story = new Story()
      for (const each of script) {
        story.tell(each)
        // What nobody knew of is counted like all else.
        expect(story.kept(), 'the run').toEqual(story.figures(() => true))
        for (const milestone of ['m1', 'm2'] as const) {
          const kept = story.kept(milestone)
          expect(kept, milestone).toEqual(story.figures((call) => call.milestone === milestone))
          expect(kept.settled + kept.reserved).toBeLessThanOrEqual(story.caps[milestone] + story.beyond)
        }
        const { settled, reserved } = story.kept()
        expect(settled + reserved).toBeLessThanOrEqual(story.caps.run + story.beyond)
        const waiting = story.ledger.waiting.map(({ id }) => id)
        expect(waiting.toSorted()).toEqual(
          [...story.calls.values()]
            .filter(({ state }) => state === 'waiting')
            .map(({ id }) => id)
            .toSorted(),
        )
      }
      expect(new Set(story.alerts).size, 'each threshold is told once').toBe(story.alerts.length)
      // In the end nobody is forgotten: with enough for all, all who wait are answered, and nothing stays reserved.
      story.tell({ op: 'raise', to: 1e9, milestone: undefined })
      story.ledger = books.raise(story.ledger, { type: 'RAISE', scope: 'milestone', tokens: 1e9 }).ledger
      for (const scope of ['task', 'attempt'] as const)
        story.ledger = books.raise(story.ledger, { type: 'RAISE', scope, tokens: 1e9 }).ledger
      expect(books.resume(story.ledger).ledger.waiting).toEqual([])
    }),
    { numRuns: 400 },
  )
})

it('a thousand tasks that are over leave nothing behind but what the milestone took', () => {
  let ledger = books.openLedger(budgetSchema.parse({ task: { usd: 1 } }))
  const follow = (turn: LedgerChange): void => {
    ledger = turn.ledger
  }
  const sizes = Array.from({ length: 1_000 }, (_, number) => {
    const name = `t${number}`
    const account = { milestone: 'm1', task: name, attempt: 1 }
    const reserve = (id: string) =>
      follow(
        books.reserve(ledger, { type: 'RESERVE', id, account, tokens: 1, microdollars: 2, replyTo: name }),
      )
    const settle = (id: string) =>
      follow(books.settle(ledger, { type: 'SETTLE', id, usage: noUsage, microdollars: 1 }))
    const spend = (id: string, of: Share) =>
      follow(books.spend(ledger, { type: 'SPEND', id, account: of, computeSeconds: 1 }))
    reserve(`${name}#1`)
    settle(`${name}#1`)
    spend(`${name}#1/run-1`, account)
    reserve(`${name}#2`)
    follow(books.close(ledger, { type: 'CLOSED', ...account }))
    spend(`queue#${number}`, { milestone: 'm1', task: name })
    follow(books.close(ledger, { type: 'CLOSED', milestone: 'm1', task: name }))
    // Late, each in its own way: of a call that was written off, said twice, and of a command.
    settle(`${name}#2`)
    settle(`${name}#2`)
    spend(`${name}#2/run-1`, account)
    const { sums, askers, reservations, waiting, late } = ledger
    return JSON.stringify([[...sums], [...askers], [...reservations], waiting, late]).length
  })
  // What came late is remembered for a while, so much and no more.
  expect(sizes[999]).toBeLessThan((sizes[199] ?? 0) * 1.2)
  expect(ledger.late?.length).toBeLessThanOrEqual(100)
  expect([...ledger.sums].map(([key]) => key).toSorted()).toEqual(['["m1"]', '[]'])
  expect([ledger.reservations.size, ledger.waiting.length]).toEqual([0, 0])
  const milestone = ledger.sums.get('["m1"]')
  expect(milestone?.settled).toMatchObject({ microdollars: 2_000, computeMs: 3_000_000 })
  expect(ledger.sums.get('[]')?.settled).toEqual(milestone?.settled)
})
