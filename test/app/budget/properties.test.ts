// A budget's figures over any input: sums that lose nothing, intervals in their order, caps that are refused whole.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { amountText, capNames, capText, capWords } from '../../../app/budget/cap-text.ts'
import { errorTexts, estimateText } from '../../../app/budget/estimate-text.ts'
import { openForecast } from '../../../app/budget/forecast.ts'
import { addHistory, type Costs, readHistory, withFact } from '../../../app/budget/history.ts'
import { raiseCap } from '../../../app/budget/steer-budget.ts'
import { budgetVerb } from '../../../app/budget/verb.ts'
import { PersistentMap } from '../../../kernel/index.ts'
import { type BudgetView, budgetViewSchema, type Cap, type RunFact } from '../../../machines/index.ts'
import { emitted, report } from '../../cli/run-facts.ts'
import { scratch } from '../../cli/scratch.ts'
import { answering, value } from '../control/answering.ts'

const settled = (task: string | null, tokens: number, microdollars: number): RunFact =>
  emitted({
    type: 'budget.settled',
    id: 'x#1',
    milestone: task === null ? null : 'm1',
    task,
    tokens,
    microdollars,
    reserved: true,
  })
const amount = fc.nat({ max: 1_000_000 })
const call = fc.record({
  task: fc.option(fc.constantFrom('a', 'b', 'c')),
  tokens: amount,
  microdollars: amount,
})
const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0)

describe('the costs of a run', () => {
  const costsOf = (calls: readonly { task: string | null; tokens: number; microdollars: number }[]): Costs =>
    calls.map((each) => settled(each.task, each.tokens, each.microdollars)).reduce(withFact, {})

  it('are the sums of the calls of each task, in any order, and no call counts twice', () => {
    fc.assert(
      fc.property(fc.array(call, { maxLength: 20 }), (calls) => {
        const costs = costsOf(calls)
        expect(costsOf(calls.toReversed())).toEqual(costs)
        for (const task of ['a', 'b', 'c']) {
          const own = calls.filter((each) => each.task === task)
          expect(costs[`m1/${task}`]?.tokens ?? 0).toBe(sumOf(own.map(({ tokens }) => tokens)))
          expect(costs[`m1/${task}`]?.microdollars ?? 0).toBe(sumOf(own.map((each) => each.microdollars)))
        }
      }),
    )
  })

  it('keep what was taken when the task is planned only afterwards', () => {
    const planned = emitted({
      type: 'task.planned',
      milestone: 'm1',
      task: 'a',
      title: 'A',
      kind: 'code',
      round: 1,
    })
    expect([settled('a', 5, 7), planned].reduce(withFact, {})).toEqual({
      'm1/a': { kind: 'code', size: 0, tokens: 5, microdollars: 7 },
    })
  })

  it('are the same object after facts that cost nothing', () => {
    const costs = costsOf([{ task: 'a', tokens: 1, microdollars: 1 }])
    for (const fact of [{ type: 'node.stopped' }, emitted({ type: 'run.resumed' }), settled(null, 5, 5)])
      expect(withFact(costs, fact as RunFact)).toBe(costs)
  })
})

describe('the history', () => {
  it.each([
    ['is no JSON', 'x'],
    ['is an object', '{}'],
    ['has an amount below zero', '[{"kind":"code","size":0,"tokens":-1,"microdollars":0}]'],
    ['has a cost without a kind', '[{"size":0,"tokens":1,"microdollars":0}]'],
  ])('that %s is none, and no run fails for it', async (_, text) => {
    const data = scratch()
    await writeFile(join(data, 'costs.json'), text)
    expect(await readHistory(data)).toEqual([])
  })

  it('gets nothing from tasks that called no model, and is then not written', async () => {
    const data = scratch()
    await addHistory(data, { 'm1/a': { kind: 'code', size: 1, tokens: 0, microdollars: 0 } })
    await expect(writeFile(join(data, 'costs.json'), '', { flag: 'wx' })).resolves.toBeUndefined()
  })
})

describe('a forecast', () => {
  async function forecast(data = scratch(), meta = new Map<string, unknown>()) {
    const said: string[] = []
    const errors: unknown[] = []
    const opened = await openForecast({
      store: {
        readMeta: async (name) => meta.get(name),
        writeMeta: async (name, of) => void meta.set(name, JSON.parse(JSON.stringify(of))),
      },
      dataDirectory: data,
      price: { input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5, asOf: '2026-11-22' },
      say: (sentence) => said.push(sentence),
      onError: (error) => errors.push(error),
    })
    return { ...opened, said, errors, meta }
  }
  const round = (...ids: readonly string[]) => [
    emitted({ type: 'milestone.planned', milestone: 'm1', round: 1, tasks: ids.length }),
    ...ids.map((task) =>
      emitted({ type: 'task.planned', milestone: 'm1', task, title: task, kind: 'code' as const, round: 1 }),
    ),
  ]
  const intervals = (meta: Map<string, unknown>) => {
    const { estimate } = meta.get('forecast') as {
      estimate: Record<'tokens' | 'microdollars', Record<'low' | 'likely' | 'high', number>> & {
        tasks: number
      }
    }
    return estimate
  }

  it('has intervals in their order, above zero, and adds up over rounds and processes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
        async (sizes) => {
          const meta = new Map<string, unknown>()
          const data = scratchOnce
          let before = 0
          for (const [at, size] of sizes.entries()) {
            const { take, close } = await forecast(data, meta)
            for (const fact of round(...Array.from({ length: size }, (_, id) => `r${at}-${id}`))) take(fact)
            await close()
            const { tokens, microdollars, tasks } = intervals(meta)
            for (const { low, likely, high } of [tokens, microdollars]) {
              expect(low).toBeGreaterThan(0)
              expect(low).toBeLessThanOrEqual(likely)
              expect(likely).toBeLessThanOrEqual(high)
            }
            expect(tokens.likely).toBeGreaterThan(before)
            expect(tasks).toBe(sumOf(sizes.slice(0, at + 1)))
            before = tokens.likely
          }
        },
      ),
      { numRuns: 20 },
    )
  })
  const scratchOnce = join(import.meta.dirname, 'no-such-folder')

  it('says nothing at the end of a run in which nothing was estimated', async () => {
    const { take, close, said, errors } = await forecast()
    take(settled('a', 5, 5))
    take(emitted({ type: 'run.finished', report }))
    await close()
    expect([said, errors]).toEqual([[], []])
  })

  it('says nothing of a round without tasks', async () => {
    const { take, said } = await forecast()
    for (const fact of round()) take(fact)
    expect(said).toEqual([])
  })
})

describe('sentences of an estimate', () => {
  const interval = fc
    .tuple(amount, amount, amount)
    .map((each) => each.toSorted((a, b) => a - b))
    .map(([low = 0, likely = 0, high = 0]) => ({ low, likely, high }))

  it('have no NaN, no Infinity and no minus, whatever the figures', () => {
    fc.assert(
      fc.property(
        interval,
        interval,
        fc.nat({ max: 9 }),
        amount,
        amount,
        (tokens, microdollars, from, used, paid) => {
          const estimate = { tasks: 1, tokens, microdollars, from }
          const lines = [
            estimateText(estimate),
            ...errorTexts(estimate, { tokens: used, microdollars: paid }),
          ]
          for (const line of lines) expect(line).not.toMatch(/NaN|Infinity|undefined|-/)
          const within = (of: typeof tokens, it: number) =>
            it >= of.low && it <= of.high ? 'within' : 'outside'
          const [first] = errorTexts(estimate, { tokens: used, microdollars: paid })
          if (tokens.likely > 0) expect(first).toContain(`${within(tokens, used)} the interval`)
        },
      ),
    )
  })

  it.each([
    [999, '999 tokens'],
    [1_000, '1k tokens'],
    [999_499, '999k tokens'],
    [999_500, '1.0M tokens'],
    [12_345_678, '12.3M tokens'],
  ])('write %i as %s', (tokens, text) => {
    const even = { low: tokens, likely: tokens, high: tokens }
    const none = { low: 0, likely: 0, high: 0 }
    expect(
      errorTexts({ tasks: 1, tokens: even, microdollars: none, from: 1 }, { tokens, microdollars: 0 }),
    ).toEqual([`${text}: as estimated, within the interval`])
  })
})

describe('raising caps', () => {
  const caps = fc.record(
    { usd: amount, tokens: amount, minutes: amount, computeSeconds: amount },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Cap>
  const none = { usd: 0, tokens: 0, minutes: 0, computeSeconds: 0 }
  const viewOf = (cap: Cap): BudgetView => ({
    run: { cap, taken: none, reserved: none, calls: 0 },
    milestones: [{ cap, taken: none, reserved: none, calls: 0, milestone: 'm1', over: false }],
    task: {},
    attempt: {},
    waiting: [],
    quota: null,
  })

  it.each([undefined, 'm1'])(
    'of %s sends all of them or none, and names the unit that is refused',
    async (milestone) => {
      await fc.assert(
        fc.asyncProperty(caps, caps, async (known, wanted) => {
          const control = answering({
            budget: value(viewOf(known)),
            send: value({ state: 'open', sequence: 1 }),
          })
          const error = (await raiseCap(control, wanted, milestone).catch((each: unknown) => each)) as {
            code?: string
            message: string
          }
          const isHigher = (name: keyof Cap) =>
            (wanted[name] ?? 0) > (known[name] ?? Number.POSITIVE_INFINITY)
          const useless = capNames.filter((name) => wanted[name] !== undefined && !isHigher(name))
          const sent = control.asked.filter(([verb]) => verb === 'send')
          expect(sent).toHaveLength(useless.length === 0 ? 1 : 0)
          if (useless.length === 0) return
          expect(['no_cap', 'not_higher']).toContain(error.code)
          expect(useless.some((name) => error.message.includes(capWords[name]))).toBe(true)
        }),
        { numRuns: 60 },
      )
    },
  )
})

describe('texts of caps', () => {
  it('name each unit once, in one order, and no amount below zero', () => {
    fc.assert(
      fc.property(amount, amount, amount, amount, (usd, tokens, minutes, computeSeconds) => {
        const text = capText({ computeSeconds, minutes, tokens, usd })
        expect(text.split(', ').map((part) => part.replace(/^[\d.]+ /, ''))).toEqual(Object.values(capWords))
        expect(Number(amountText('tokens', tokens))).toBe(tokens)
      }),
    )
  })
})

describe('the verb budget', () => {
  const answered = (...records: readonly object[]) =>
    budgetVerb.answer({}, { tree: { records: records as never } })

  it('of a run without a budget is refused, and says so', async () => {
    await expect(answered({ kind: 'pool' })).rejects.toMatchObject({
      code: 'no_budget',
      message: 'this run has no budget',
    })
  })

  it('answers with what was taken and what is reserved, at each level, in the units of the caps', async () => {
    const caps = { run: { usd: 5, tokens: 1_000 }, milestone: { usd: 2 }, task: { tokens: 500 } }
    const sum = {
      settled: { tokens: 40, microdollars: 100_000, computeMs: 1_500, ms: 90_000 },
      reserved: { tokens: 100, microdollars: 250_000, computeMs: 0, ms: 0 },
      calls: 1,
    }
    const sums = ['[]', '["m1"]', '["m1","a"]'].reduce(
      (map, key) => map.set(key, sum),
      PersistentMap.empty<object>(),
    )
    const ledger = { caps, raised: { m1: { usd: 3 } }, sums, waiting: [], quota: null }
    const record = { kind: 'budget', snapshot: { context: ledger } }
    const view = budgetViewSchema.parse(await answered({ kind: 'pool' }, record))
    expect(view.run).toEqual({
      cap: caps.run,
      taken: { usd: 0.1, tokens: 40, minutes: 1.5, computeSeconds: 1.5 },
      reserved: { usd: 0.25, tokens: 100, minutes: 0, computeSeconds: 0 },
      calls: 1,
    })
    expect(view.milestones).toEqual([{ ...view.run, cap: { usd: 3 }, milestone: 'm1', over: false }])
    expect(view.task).toEqual(caps.task)
  })
})
