// A budget under any story that its mail can tell: reservations, settlements, commands, calls made at home, closed
// accounts, raised caps, exhausted quotas and passing time, each said in any order and any number of times.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  amountText,
  type Budget,
  beginRefusal,
  budgetActor,
  budgetEventSchema,
  budgetSchema,
  budgetView,
  budgetViewSchema,
  defaultBudget,
  type Ledger,
  maySettle,
  readCap,
} from '../../machines/index.ts'
import { Script, type Told } from './script.ts'

const usage = (input: number) => ({ input, cacheRead: 0, cacheWrite: 0, output: 0 })

const milestone = fc.constantFrom('m1', 'm2', 'constructor')
const taskName = fc.constantFrom('a', 'b')
const attempt = fc.integer({ min: 1, max: 3 })
const account = fc.record({ milestone, task: taskName, attempt })
const amount = fc.integer({ min: 0, max: 60 })
const id = (of: { milestone: string; task: string; attempt: number }, number: number): string =>
  `agent/${of.milestone}/${of.task}/${of.attempt}#${number}`
const number = fc.integer({ min: 1, max: 3 })

const event: fc.Arbitrary<Told> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(account, number, amount, amount).map(reserveOf) },
  { weight: 6, arbitrary: fc.tuple(account, number, amount, amount).map(settleOf) },
  { weight: 2, arbitrary: fc.tuple(account, number, amount).map(spendOf) },
  { weight: 1, arbitrary: fc.tuple(account, number, amount).map(begunOf) },
  { weight: 1, arbitrary: fc.tuple(account, number, amount).map(chargedOf) },
  { weight: 1, arbitrary: fc.tuple(account, fc.constantFrom(1, 2, 3)).map(closedOf) },
  { weight: 1, arbitrary: fc.record({ tokens: fc.integer({ min: 0, max: 400 }) }).map(raiseOf) },
  { weight: 1, arbitrary: fc.record({ milestone, tokens: fc.integer({ min: 0, max: 200 }) }).map(raiseOf) },
  { weight: 1, arbitrary: fc.constant<Told>({ type: 'QUOTA.OUT', model: 'a/b', message: 'used up' }) },
  { weight: 2, arbitrary: fc.constant<Told>({ type: 'RESUME' }) },
)
interface Account {
  readonly milestone: string
  readonly task: string
  readonly attempt: number
}

function reserveOf([of, at, tokens, microdollars]: [Account, number, number, number]): Told {
  return { type: 'RESERVE', id: id(of, at), account: of, tokens, microdollars, replyTo: id(of, at) }
}
function settleOf([of, at, tokens, microdollars]: [Account, number, number, number]): Told {
  return { type: 'SETTLE', id: id(of, at), usage: usage(tokens), microdollars }
}
function spendOf([of, at, computeSeconds]: [Account, number, number]): Told {
  return { type: 'SPEND', id: `${id(of, at)}/run`, account: of, computeSeconds }
}
function begunOf([of, at, tokens]: [Account, number, number]): Told {
  return { type: 'CALL.BEGUN', id: id(of, at), call: `call-${tokens % 2}`, tokens, microdollars: 0 }
}
function chargedOf([of, at, tokens]: [Account, number, number]): Told {
  return { type: 'CALL.CHARGED', id: id(of, at), usage: usage(tokens), microdollars: tokens }
}
function closedOf([{ milestone, task, attempt }, depth]: [Account, number]): Told {
  return {
    type: 'CLOSED',
    milestone,
    ...(depth > 1 && { task }),
    ...(depth > 2 && { attempt }),
  }
}
function raiseOf(fields: object): Told {
  return { type: 'RAISE', ...fields }
}

const caps = fc.record({
  run: fc.record({ tokens: fc.integer({ min: 0, max: 300 }) }),
  milestone: fc.record({ tokens: fc.integer({ min: 0, max: 150 }) }),
  task: fc.record({ tokens: fc.integer({ min: 0, max: 100 }) }),
  attempt: fc.record({ tokens: fc.integer({ min: 0, max: 80 }) }),
})
const story = fc.tuple(caps, fc.array(event, { maxLength: 50 }))

function open(given: Partial<Budget>): Script {
  return new Script(budgetActor.machine, { caps: budgetSchema.parse(given) })
}

const ledgerOf = ({ snapshot }: Script): Ledger => snapshot.context as Ledger

function sumAt(ledger: Ledger, ...names: (string | number)[]) {
  return ledger.sums.get(JSON.stringify(names))
}

/** All accounts, by the names down to them. */
function accountsIn(
  ledger: Ledger,
): [names: (string | number)[], sum: NonNullable<ReturnType<typeof sumAt>>][] {
  return [...ledger.sums].map(([key, sum]) => [JSON.parse(key), sum])
}

describe('a budget told any story', () => {
  it('has no negative sum, and reserves in each account what its reservations hold', () => {
    fc.assert(
      fc.property(story, ([given, events]) => {
        const script = open(given)
        for (const each of events) {
          script.tell(budgetEventSchema.parse(each) as Told)
          const ledger = ledgerOf(script)
          for (const [names, { settled, reserved, calls }] of accountsIn(ledger)) {
            for (const figure of [...Object.values(settled), ...Object.values(reserved), calls])
              expect(figure, JSON.stringify(names)).toBeGreaterThanOrEqual(0)
            const own = [...ledger.reservations].filter(
              ([, { account, writtenOff }]) =>
                !writtenOff &&
                [account.milestone, account.task, account.attempt].slice(0, names.length).join() ===
                  names.join(),
            )
            const held = own.reduce((sum, [, { amounts }]) => sum + amounts.tokens, 0)
            expect(reserved.tokens, JSON.stringify(names)).toBe(held)
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('grants nothing that would pass a cap of the run or of the milestone', () => {
    fc.assert(
      fc.property(story, ([given, events]) => {
        const script = open(given)
        for (const each of events) {
          const { reservations } = ledgerOf(script)
          script.tell(each)
          const ledger = ledgerOf(script)
          const granted = [...ledger.reservations].filter(
            ([id, { amounts }]) => reservations.get(id) === undefined && amounts.tokens > 0,
          )
          for (const [, { account }] of granted) {
            const own = Object.entries(ledger.raised).find(([name]) => name === account.milestone)?.[1]
            const caps = [
              [ledger.caps.run, sumAt(ledger)],
              [own ?? ledger.caps.milestone, sumAt(ledger, account.milestone)],
            ] as const
            for (const [cap, sum] of caps)
              expect((sum?.settled.tokens ?? 0) + (sum?.reserved.tokens ?? 0)).toBeLessThanOrEqual(
                cap?.tokens ?? 0,
              )
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('answers each request at once, and grants a held one at most once more', () => {
    fc.assert(
      fc.property(story, ([given, events]) => {
        const script = open(given)
        const pending = new Set<string>()
        for (const each of events) {
          const before = script.mail.length
          script.tell(each)
          const answers = script.mail.slice(before)
          if (each.type === 'RESERVE') {
            const own = answers.filter(([to]) => to === each.replyTo)
            expect(own).toHaveLength(1)
          }
          for (const [to, answer] of answers) {
            expect(answer.id).toBe(to)
            if (to !== each.replyTo) {
              expect(pending.has(to), `${to} waits`).toBe(true)
              expect(answer.type).not.toBe('BUDGET.HELD')
            }
            if (answer.type === 'BUDGET.HELD') pending.add(to)
            else pending.delete(to)
          }
          const waiting = ledgerOf(script).waiting.map(({ id }) => id)
          expect(new Set(waiting).size).toBe(waiting.length)
          for (const each of waiting) expect(pending.has(each)).toBe(true)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('counts for the run at least what it counts for its milestones, and for these their tasks', () => {
    fc.assert(
      fc.property(story, ([given, events]) => {
        const script = open(given).tell(...events)
        const all = accountsIn(ledgerOf(script))
        for (const [names, { settled, calls }] of all) {
          const inside = all.filter(
            ([other]) => other.length === names.length + 1 && other.slice(0, -1).join() === names.join(),
          )
          const sum = (of: 'tokens' | 'microdollars' | 'computeMs') =>
            inside.reduce((total, [, each]) => total + each.settled[of], 0)
          for (const of of ['tokens', 'microdollars', 'computeMs'] as const)
            expect(settled[of], `${of} of ${names}`).toBeGreaterThanOrEqual(sum(of))
          expect(calls).toBeGreaterThanOrEqual(inside.reduce((total, [, each]) => total + each.calls, 0))
        }
      }),
      { numRuns: 60 },
    )
  })

  it('counts for a task what an earlier attempt took, not what it had reserved, once that is known', () => {
    const of = (attempt: number) => ({ milestone: 'm1', task: 'a', attempt })
    const script = open({}).tell(reserveOf([of(1), 1, 50, 50]), reserveOf([of(2), 1, 10, 10]))
    const taken = () =>
      ['[]', '["m1"]', '["m1","a"]'].map((key) => ledgerOf(script).sums.get(key)?.settled.tokens)
    expect(taken()).toEqual([50, 50, 50])
    script.tell(settleOf([of(1), 1, 20, 20]))
    expect(taken()).toEqual([20, 20, 20])
    script.tell(closedOf([of(2), 2]))
    expect(taken()).toEqual([30, 30, undefined])
    script.tell(settleOf([of(2), 1, 5, 5]))
    expect(taken()).toEqual([25, 25, undefined])
  })

  it('is the same after a settlement, a command or a charge that comes again', () => {
    fc.assert(
      fc.property(story, ([given, events]) => {
        const script = open(given).tell(...events)
        for (const each of events.filter(({ type }) => ['SETTLE', 'SPEND', 'CALL.CHARGED'].includes(type))) {
          script.tell(each)
          const once = JSON.stringify(script.snapshot.context)
          const letters = script.mail.length
          script.tell(each)
          expect(JSON.stringify(script.snapshot.context)).toBe(once)
          expect(script.mail.length).toBe(letters)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('grants nothing while a quota is exhausted, and looks at all requests when a person resumes', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), fc.array(event, { maxLength: 20 }), (first, then) => {
        const script = open({}).tell(...first)
        script.tell({ type: 'QUOTA.OUT', model: 'a/b', message: 'used up' })
        const held = new Set([...ledgerOf(script).reservations].map(([id]) => id))
        for (const each of then.filter(({ type }) => type === 'RESERVE')) script.tell(each)
        for (const [id] of ledgerOf(script).reservations) expect(held.has(id)).toBe(true)
        script.tell({ type: 'RESUME' })
        expect(ledgerOf(script)).toMatchObject({ waiting: [], quota: null })
      }),
      { numRuns: 40 },
    )
  })

  it('shows a view of its schema, in which the figures are those of the sums', () => {
    fc.assert(
      fc.property(story, ([given, events]) => {
        const ledger = ledgerOf(open(given).tell(...events))
        const view = budgetView(ledger)
        expect(budgetViewSchema.parse(JSON.parse(JSON.stringify(view)))).toEqual(view)
        expect(view.run.taken.tokens).toBe(sumAt(ledger)?.settled.tokens ?? 0)
        expect(view.run.reserved.tokens).toBe(sumAt(ledger)?.reserved.tokens ?? 0)
        expect(view.run.cap).toEqual(ledger.caps.run)
        expect(view.waiting.map(({ id }) => id)).toEqual(ledger.waiting.map(({ id }) => id))
        const names = view.milestones.map(({ milestone }) => milestone)
        expect(names).toEqual(names.toSorted())
        for (const { milestone, taken, calls } of view.milestones) {
          const { settled, calls: kept } = sumAt(ledger, milestone) ?? {}
          expect([taken.usd * 1e6, calls]).toEqual([settled?.microdollars, kept])
        }
      }),
      { numRuns: 40 },
    )
  })
})

describe('the cap of a milestone', () => {
  it.each(['m1', 'constructor', 'valueOf', '__proto__', 'hasOwnProperty'])(
    'holds for one called %s',
    (name) => {
      const of = { milestone: name, task: 'a', attempt: 1 }
      const script = open({ milestone: { tokens: 50 } }).tell(reserveOf([of, 1, 60, 0]))
      expect(script.mailTo(id(of, 1))).toEqual(['BUDGET.HELD'])
      script.tell(raiseOf({ milestone: name, tokens: 55 }))
      expect(script.mailTo(id(of, 1))).toEqual(['BUDGET.HELD'])
      script.tell(raiseOf({ milestone: name, tokens: 60 }))
      expect(script.mailTo(id(of, 1))).toEqual(['BUDGET.HELD', 'BUDGET.GRANTED'])
      const other = { ...of, milestone: 'other' }
      script.tell(reserveOf([other, 1, 60, 0]))
      expect(script.mailTo(id(other, 1))).toEqual(['BUDGET.HELD'])
      expect(budgetView(ledgerOf(script)).milestones).toMatchObject([
        { milestone: name, cap: { tokens: 60 }, reserved: { tokens: 60 } },
      ])
    },
  )

  it('that was raised by itself follows a raise for all when that is higher', () => {
    const of = (milestone: string) => ({ milestone, task: 'a', attempt: 1 })
    const script = open({ milestone: { tokens: 10 } }).tell(
      raiseOf({ milestone: 'm1', tokens: 30 }),
      raiseOf({ scope: 'milestone', tokens: 20 }),
      reserveOf([of('m1'), 1, 30, 0]),
      reserveOf([of('m2'), 1, 21, 0]),
    )
    expect(script.mailTo(id(of('m1'), 1))).toEqual(['BUDGET.GRANTED'])
    expect(script.mailTo(id(of('m2'), 1))).toEqual(['BUDGET.HELD'])
    script.tell(raiseOf({ scope: 'milestone', tokens: 40 }), reserveOf([of('m1'), 2, 10, 0]))
    expect(script.mailTo(id(of('m1'), 2))).toEqual(['BUDGET.GRANTED'])
    expect(script.mailTo(id(of('m2'), 1))).toEqual(['BUDGET.HELD', 'BUDGET.GRANTED'])
  })
})

describe('a call that home makes for an agent elsewhere', () => {
  const of = { milestone: 'm1', task: 'a', attempt: 1 }
  const call = (fields: object = {}) => ({
    id: id(of, 1),
    call: 'c1',
    tokens: 10,
    microdollars: 5,
    ...fields,
  })
  const begun = (fields: object = {}): Told => ({ type: 'CALL.BEGUN', ...call(fields) })
  const reserved = () => open({}).tell(reserveOf([of, 1, 20, 10]))

  it.each([
    ['nothing is reserved', {}, { id: 'agent/m1/a/1#9' }, /nothing is reserved under agent\/m1\/a\/1#9/],
    ['it takes more tokens than are reserved', {}, { tokens: 21 }, /at least 21 tokens and 20 are reserved/],
    [
      'it costs more than is reserved',
      {},
      { microdollars: 11 },
      /at least 11 microdollars and 10 are reserved/,
    ],
    ['another call has begun', { before: begun({ call: 'c0' }) }, {}, /is that of another call/],
    ['the attempt is over', { before: closedOf([of, 3]) }, {}, /the attempt of .* is over/],
  ])('is refused when %s', (_, { before }: { before?: Told }, fields, reason) => {
    const script = reserved().tell(...(before ? [before] : []))
    expect(beginRefusal(ledgerOf(script), call(fields))).toMatch(reason)
    const context = JSON.stringify(script.snapshot.context)
    expect(JSON.stringify(script.tell(begun(fields)).snapshot.context)).toBe(context)
  })

  it('may begin once, and may say again that it has', () => {
    const script = reserved()
    expect(beginRefusal(ledgerOf(script), call())).toBeUndefined()
    script.tell(begun())
    expect(ledgerOf(script).reservations.get(id(of, 1))).toMatchObject({ call: 'c1' })
    expect(beginRefusal(ledgerOf(script), call())).toBeUndefined()
  })

  it('is settled by what home charges, not by what the agent says', () => {
    const script = reserved().tell(begun(), settleOf([of, 1, 1, 1]))
    expect(sumAt(ledgerOf(script))?.settled).toMatchObject({ tokens: 0 })
    script.tell(chargedOf([of, 1, 15]), settleOf([of, 1, 1, 1]))
    expect(sumAt(ledgerOf(script))).toMatchObject({
      settled: { tokens: 15, microdollars: 15 },
      reserved: { tokens: 0 },
    })
  })

  it.each([
    [20, 10, true],
    [21, 10, false],
    [20, 11, false],
    [0, 0, true],
  ])(
    'lets an agent settle %i tokens and %i microdollars of its reservation: %s',
    (tokens, microdollars, may) => {
      const settlement = { id: id(of, 1), usage: usage(tokens), microdollars }
      expect(maySettle(ledgerOf(reserved()), settlement)).toBe(may)
      expect(maySettle(ledgerOf(open({})), settlement)).toBe(false)
    },
  )

  it('lets an agent repeat a settlement, whatever it says then', () => {
    const script = reserved().tell(settleOf([of, 1, 20, 10]))
    expect(maySettle(ledgerOf(script), { id: id(of, 1), usage: usage(999), microdollars: 999 })).toBe(true)
  })
})

describe('a cap written by a person', () => {
  it.each([
    ['5usd', { usd: 5 }],
    ['$5', { usd: 5 }],
    ['$ 2.50', { usd: 2.5 }],
    ['.5 dollars', { usd: 0.5 }],
    ['1_000 tokens', { tokens: 1_000 }],
    ['300k tokens', { tokens: 300_000 }],
    ['1.5M tokens', { tokens: 1_500_000 }],
    ['2 million tokens', { tokens: 2_000_000 }],
    ['90 minutes', { minutes: 90 }],
    ['1.5h', { minutes: 90 }],
    ['600 compute-seconds', { computeSeconds: 600 }],
    ['10 compute-min', { computeSeconds: 600 }],
    ['5usd, 300k tokens; 2 hours', { usd: 5, tokens: 300_000, minutes: 120 }],
    ['0 usd', { usd: 0 }],
  ])('%s is read as %j', (text, cap) => {
    expect(readCap(text)).toEqual({ ok: true, cap })
  })

  it.each([
    ['', /"" is no amount; expected amounts like 5usd/],
    ['5', /"5" is no amount/],
    ['usd', /is no amount/],
    ['-5usd', /is no amount/],
    ['5 euros', /is no amount/],
    ['5usd,', /"" is no amount/],
    ['$5 usd', /is no amount/],
    ['1e3 tokens', /is no amount/],
    ['5constructor', /"5constructor" is no amount/],
    ['5 valueOf', /is no amount/],
    ['5__proto__', /is no amount/],
    ['$5 constructor', /is no amount/],
    ['5usd, 6usd', /usd is said twice; say it once/],
    ['0.5 tokens', /tokens: /],
    ['9999999999 usd', /usd: /],
    ['Infinity usd', /is no amount/],
  ])('%s is refused with the reason', (text, reason) => {
    expect(readCap(text)).toMatchObject({ ok: false, reason: expect.stringMatching(reason) })
  })

  it('is read or refused, and never throws, whatever it is', () => {
    const word = fc.constantFrom(
      'usd',
      'k tokens',
      'constructor',
      '$',
      'h',
      'toString',
      '__proto__',
      '',
      'NaN',
    )
    const written = fc.tuple(fc.double({ noNaN: true }), word).map(([figure, unit]) => `${figure} ${unit}`)
    fc.assert(
      fc.property(fc.oneof(fc.string(), written), (text) => {
        const read = readCap(text)
        if (!read.ok) expect(read.reason).toMatch(/./)
        else expect(Object.values(read.cap).every((figure) => (figure ?? 0) >= 0)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['microdollars', 4_930_000, '4.93 usd'],
    ['microdollars', 100, '0.0001 usd'],
    ['microdollars', 60, '0.000060 usd'],
    ['microdollars', 0, '0.00 usd'],
    ['tokens', 300_000, '300000 tokens'],
    ['ms', 750_000, '12.5 minutes'],
    ['ms', 1_000, '0 minutes'],
    ['computeMs', 90_000, '90 s of commands'],
    ['computeMs', 1_250, '1.3 s of commands'],
  ] as const)('and %s of %i is shown as %s', (dimension, amount, text) => {
    expect(amountText(dimension, amount)).toBe(text)
  })

  it('has a default only where a model is used', () => {
    expect(defaultBudget(false)).toEqual({ alerts: [50, 80, 100] })
    const { run, task, attempt } = defaultBudget(true)
    expect([run?.usd, task?.usd, attempt?.usd]).toEqual([5, 2.5, 0.5])
  })

  it.each([
    [{ run: { usd: -1 } }],
    [{ run: { tokens: 0.5 } }],
    [{ task: { minutes: 1e9 } }],
    [{ run: { euros: 5 } }],
    [{ runs: {} }],
    [{ alerts: [0] }],
    [{ alerts: [101] }],
    [{ alerts: 50 }],
    [null],
  ])('of %j in a configuration is refused', (given) => {
    expect(budgetSchema.safeParse(given).success).toBe(false)
  })
})
