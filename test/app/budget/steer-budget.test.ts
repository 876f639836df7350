// Raising caps and granting calls again: what is refused before anything is sent, and what is sent.

import { describe, expect, it } from 'vitest'
import { amountText, capText } from '../../../app/budget/cap-text.ts'
import { askBudget, raiseCap, resumeCalls } from '../../../app/budget/steer-budget.ts'
import type { BudgetView, Cap } from '../../../machines/index.ts'
import { answering, refused, value } from '../control/answering.ts'

const none = { usd: 0, tokens: 0, minutes: 0, computeSeconds: 0 }
const line = (cap: Cap) => ({ cap, taken: none, reserved: none, calls: 0 })
const quota = { model: 'a/b', message: 'used up', retryAfterMs: null }

const view = (other: Partial<BudgetView> = {}): BudgetView => ({
  run: line({ usd: 5, tokens: 1_000 }),
  milestones: [{ ...line({ usd: 1 }), milestone: 'parsers', over: false }],
  task: {},
  attempt: {},
  waiting: [],
  quota: null,
  ...other,
})

/** A budget that takes what it is told. */
function system(before: BudgetView, after = before) {
  let isChanged = false
  return answering({
    budget: () => value(isChanged ? after : before),
    send: () => {
      isChanged = true
      return value({ state: 'open', sequence: 1 })
    },
  })
}

const sent = ({ asked }: ReturnType<typeof system>) => asked.filter(([verb]) => verb === 'send')
const failure = (work: Promise<unknown>) => work.catch((error: unknown) => error)

describe('raising a cap', () => {
  it("raises the run's, and answers with what is there then", async () => {
    const after = view({ run: line({ usd: 9, tokens: 1_000 }) })
    const control = system(view(), after)
    expect(await raiseCap(control, { usd: 9 }, undefined)).toEqual({
      after,
      raised: { name: 'the run', cap: { usd: 9, tokens: 1_000 } },
    })
    const event = { type: 'RAISE', usd: 9 }
    expect(sent(control)).toEqual([['send', { to: 'system.budget', event, wait: true }]])
  })

  it("raises a milestone's", async () => {
    const control = system(view())
    const { raised } = await raiseCap(control, { usd: 2 }, 'parsers')
    expect(raised.name).toBe('milestone parsers')
    expect(sent(control)[0]?.[1]).toMatchObject({ event: { type: 'RAISE', milestone: 'parsers', usd: 2 } })
  })

  it.each([
    ['as high already', { usd: 5 }, undefined, 'not_higher', 'the cap of the run is 5.00 usd already'],
    ['lower', { usd: 0.5 }, 'parsers', 'not_higher', 'the cap of milestone parsers is 1.00 usd already'],
    ['not capped', { minutes: 5 }, undefined, 'no_cap', 'the run has no cap in minutes'],
    ['half of it lower', { usd: 9, tokens: 10 }, undefined, 'not_higher', '1000 tokens already'],
    ['of nobody', { usd: 9 }, 'm7', 'unknown_milestone', 'these have one: parsers'],
  ] as [string, Cap, string | undefined, string, string][])(
    'that is %s is refused, and nothing is sent',
    async (_, cap, milestone, code, message) => {
      const control = system(view())
      const error = await failure(raiseCap(control, cap, milestone))
      expect(error).toMatchObject({ code, message: expect.stringContaining(message) })
      expect(sent(control)).toEqual([])
    },
  )

  it('says when no milestone has a budget', async () => {
    const error = await failure(raiseCap(system(view({ milestones: [] })), { usd: 9 }, 'm7'))
    expect(error).toMatchObject({ message: expect.stringContaining('none yet') })
  })

  it('fails when the budget does not take it', async () => {
    const control = answering({ budget: value(view()), send: refused('mailbox_full') })
    expect(await failure(raiseCap(control, { usd: 9 }, undefined))).toMatchObject({ code: 'mailbox_full' })
  })
})

describe('granting calls again', () => {
  it.each([
    [null, false],
    [quota, true],
  ])('says whether a quota was out: %o', async (before, wasOut) => {
    const control = system(view({ quota: before }), view())
    expect(await resumeCalls(control)).toEqual({ after: view(), wasOut })
    expect(sent(control)[0]?.[1]).toMatchObject({ event: { type: 'RESUME' }, wait: true })
  })
})

it('a budget of another version is told as such', async () => {
  const control = answering({ budget: value({ ...view(), waiting: 'nobody' }) })
  expect(await failure(askBudget(control))).toMatchObject({ code: 'strange_answer' })
})

describe('amounts', () => {
  it.each([
    [{}, 'any amount'],
    [{ usd: 10, tokens: 300_000 }, '10.00 usd, 300000 tokens'],
    [{ computeSeconds: 90.04, minutes: 0.25 }, '0.3 minutes, 90 seconds of commands'],
    [{ usd: 0.0123 }, '0.0123 usd'],
    [{ usd: 0 }, '0.00 usd'],
  ] as [Cap, string][])('%o is %s', (cap, text) => {
    expect(capText(cap)).toBe(text)
  })

  it('have four places only where two would say nothing', () => {
    expect([0.0999, 0.1].map((usd) => amountText('usd', usd))).toEqual(['0.0999', '0.10'])
  })
})
