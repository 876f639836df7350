// What calls of models take and cost, what is to be done when they fail, and which conversations a vendor takes.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addUsage,
  callsOf,
  costOf,
  type FailureKind,
  type ModelSettings,
  modelFailureSchema,
  modelRequestSchema,
  modelResultSchema,
  mostCost,
  noUsage,
  type Price,
  paidTries,
  pricedResultSchema,
  problemsOf,
  providerOf,
  remedyOf,
  resultsOf,
  roleModelsOf,
  spendingOf,
  type Turn,
  tokensOf,
  turnSchema,
  type Usage,
  usageSchema,
} from '../../machines/index.ts'

const tokens = fc.nat({ max: 1_000_000 })
const usage: fc.Arbitrary<Usage> = fc.record({
  input: tokens,
  cacheRead: tokens,
  cacheWrite: tokens,
  output: tokens,
})
const rate = fc.integer({ min: 0, max: 10_000 }).map((cents) => cents / 100)
const price: fc.Arbitrary<Price> = fc.record({
  input: rate,
  output: rate,
  cacheRead: rate,
  cacheWrite: rate,
  asOf: fc.constantFrom('2026-01-01', '2026-11-22'),
})

describe('a usage', () => {
  it('adds up in any order, and nothing adds nothing', () => {
    fc.assert(
      fc.property(usage, usage, usage, (one, other, third) => {
        expect(addUsage(one, other)).toEqual(addUsage(other, one))
        expect(addUsage(addUsage(one, other), third)).toEqual(addUsage(one, addUsage(other, third)))
        expect(addUsage(one, noUsage)).toEqual(one)
        expect(tokensOf(addUsage(one, other))).toBe(tokensOf(one) + tokensOf(other))
      }),
    )
  })

  it('costs whole microdollars, never less than it should and never a whole one more', () => {
    fc.assert(
      fc.property(usage, price, (used, at) => {
        const cost = costOf(used, at)
        // The prices have two decimals, so the sum in hundredths is exact.
        const hundredths =
          used.input * Math.round(at.input * 100) +
          used.output * Math.round(at.output * 100) +
          used.cacheRead * Math.round(at.cacheRead * 100) +
          used.cacheWrite * Math.round(at.cacheWrite * 100)
        expect(Number.isInteger(cost)).toBe(true)
        expect(cost).toBe(Math.ceil(hundredths / 100))
      }),
      { numRuns: 500 },
    )
  })

  it('costs no more than the most that its call could cost', () => {
    fc.assert(
      fc.property(usage, price, (used, at) => {
        const input = used.input + used.cacheRead + used.cacheWrite
        // No vendor asks more for reading its cache than for reading the text.
        const sane = { ...at, cacheRead: Math.min(at.cacheRead, at.input) }
        expect(costOf(used, sane)).toBeLessThanOrEqual(mostCost(sane, input, used.output))
      }),
    )
  })

  it.each([
    [{ input: -1 }],
    [{ output: 0.5 }],
    [{ cacheRead: '1' }],
    [{ cacheWrite: undefined }],
    [{ input: Number.NaN }],
  ])('with %j is refused', (change) => {
    expect(usageSchema.safeParse({ ...noUsage, ...change }).success).toBe(false)
  })
})

describe('the models of a role', () => {
  const model = fc.record({
    name: fc.constantFrom('a/b', 'c/d', 'e/f'),
    price,
    window: fc.integer({ min: 1, max: 1_000_000 }),
    maxOutput: fc.integer({ min: 1, max: 100_000 }),
  })

  it('cost as the most expensive, hold as much as the smallest, and are asked in their order', () => {
    fc.assert(
      fc.property(fc.array(model, { minLength: 1, maxLength: 4 }), usage, (chain: ModelSettings[], used) => {
        const role = roleModelsOf(chain)
        expect(role.chain).toEqual(chain.map(({ name }) => name))
        for (const { price, window, maxOutput } of chain) {
          expect(costOf(used, price)).toBeLessThanOrEqual(costOf(used, role.price))
          expect([window >= role.window, maxOutput >= role.maxOutput]).toEqual([true, true])
          expect(role.price.asOf <= price.asOf).toBe(true)
        }
        expect(chain.some(({ window }) => window === role.window)).toBe(true)
      }),
    )
  })

  it.each([
    ['anthropic/claude-sonnet-5-5', 'anthropic'],
    ['local/org/model:7b', 'local'],
  ])('as %s are of the provider %s', (name, provider) => {
    expect(providerOf(name)).toBe(provider)
  })
})

describe('a failed call', () => {
  const remedies: Readonly<Record<FailureKind, string>> = {
    rate_limited: 'again',
    overloaded: 'again',
    timed_out: 'again',
    unreachable: 'again',
    server_fault: 'again',
    garbled: 'again',
    out_of_quota: 'pause',
    unauthorized: 'another_model',
    unknown_model: 'another_model',
    too_long: 'shorten',
    bad_request: 'give_up',
    aborted: 'give_up',
  }

  it.each(Object.entries(remedies))('as %s is remedied: %s', (kind, remedy) => {
    expect(remedyOf(kind as FailureKind)).toBe(remedy)
    expect(modelFailureSchema.safeParse({ kind, message: 'm' }).success).toBe(true)
  })

  it.each([
    [{ kind: 'tired' }],
    [{ message: undefined }],
    [{ retryAfterMs: -1 }],
    [{ status: 429.5 }],
    [{ usage: { input: 1 } }],
  ])('with %j is refused', (change) => {
    expect(modelFailureSchema.safeParse({ kind: 'garbled', message: 'm', ...change }).success).toBe(false)
  })
})

describe('the tries of a call', () => {
  const used = (input: number): Usage => ({ ...noUsage, input })
  const lost = [
    { model: 'a/b', usage: used(3) },
    { model: 'c/d', usage: used(5) },
  ]
  const reply = { blocks: [], stop: 'end' as const, usage: used(7) }
  const failure = { kind: 'garbled' as const, message: 'm' }

  it.each([
    [{ kind: 'replied', model: 'e/f', reply } as const, [7]],
    [{ kind: 'replied', model: 'e/f', reply, lost } as const, [3, 5, 7]],
    [{ kind: 'failed', model: 'e/f', failure } as const, []],
    [{ kind: 'failed', model: 'e/f', failure: { ...failure, usage: used(9) }, lost } as const, [3, 5, 9]],
    [{ kind: 'paused', model: 'e/f', message: 'm', lost } as const, [3, 5]],
    [{ kind: 'paused', model: 'e/f', message: 'm' } as const, []],
  ])('of %j took %j tokens', (result, amounts) => {
    expect(modelResultSchema.parse(result)).toEqual(result)
    expect(paidTries(result).map(({ usage }) => usage.input)).toEqual(amounts)
    const sum = amounts.reduce((all: number, each) => all + each, 0)
    expect(spendingOf({ ...result, microdollars: 11 })).toEqual({ usage: used(sum), microdollars: 11 })
  })

  it.each([
    [{ kind: 'replied', model: 'a/b' }],
    [{ kind: 'replied', model: 'a/b', reply: { ...reply, stop: 'bored' } }],
    [{ kind: 'failed', model: 'a/b' }],
    [{ kind: 'paused', model: 'a/b' }],
    [{ kind: 'paused', model: 'a/b', message: 'm', retryAfterMs: -1 }],
    [{ kind: 'lost', model: 'a/b' }],
    [{ kind: 'replied', model: 'a/b', reply, microdollars: 0.5 }],
  ])('as %j are refused', (result) => {
    expect(modelResultSchema.safeParse(result).success).toBe(false)
  })

  it('have a price where prices are known', () => {
    const result = { kind: 'replied', model: 'a/b', reply }
    expect(pricedResultSchema.safeParse(result).success).toBe(false)
    expect(pricedResultSchema.safeParse({ ...result, microdollars: 0 }).success).toBe(true)
  })
})

describe('a conversation', () => {
  const say = (role: Turn['role'], ...blocks: Turn['blocks']): Turn => ({ role, blocks })
  const text = { type: 'text', text: 'x' } as const
  const call = (id: string) => ({ type: 'tool_call', id, name: 'read', input: {} }) as const
  const result = (id: string) => ({ type: 'tool_result', call: id, content: 'c', failed: false }) as const

  const wrong: [string, Turn[], string[]][] = [
    ['that is empty', [], ['it does not begin with a turn of the user']],
    [
      'that begins with the assistant',
      [say('assistant', text), say('user', text)],
      ['it does not begin with a turn of the user'],
    ],
    [
      'that ends with the assistant',
      [say('user', text), say('assistant', text)],
      ['it does not end with a turn of the user'],
    ],
    ['with two turns of the user', [say('user', text), say('user', text)], ["turn 1 is the user's again"]],
    ['with an empty turn', [say('user', text), say('assistant'), say('user', text)], ['turn 1 is empty']],
    [
      'with a call without an answer',
      [say('user', text), say('assistant', call('a')), say('user', text)],
      ['call a is not answered in turn 2'],
    ],
    ['with an answer without a call', [say('user', result('a'))], ['turn 0 answers a, which was not called']],
    [
      'with two calls of one id',
      [say('user', text), say('assistant', call('a'), call('a')), say('user', result('a'))],
      ['two calls before turn 2 have the id a'],
    ],
    [
      'with two answers to one call',
      [say('user', text), say('assistant', call('a')), say('user', result('a'), result('a'))],
      ['turn 2 answers a twice'],
    ],
  ]

  it.each(wrong)('%s is told what is wrong', (_, turns, problems) => {
    expect(problemsOf(turns)).toEqual(problems)
  })

  it('is right when each call is answered in the next turn', () => {
    const turns = [
      say('user', text),
      say('assistant', text, call('a'), call('b')),
      say('user', result('b'), result('a'), text),
    ]
    expect(problemsOf(turns)).toEqual([])
    expect(callsOf(turns[1]).map(({ id }) => id)).toEqual(['a', 'b'])
    expect(resultsOf(turns[2]).map(({ call }) => call)).toEqual(['b', 'a'])
    // A call is the assistant's, a result the user's.
    for (const none of [callsOf(turns[0]), callsOf(undefined), resultsOf(turns[1]), resultsOf(undefined)])
      expect(none).toEqual([])
    for (const each of turns) expect(turnSchema.parse(each)).toEqual(each)
  })

  it.each([
    [{ role: 'system', blocks: [] }],
    [{ role: 'user' }],
    [{ role: 'user', blocks: [{ type: 'image' }] }],
    [{ role: 'user', blocks: [{ ...call('') }] }],
    [{ role: 'user', blocks: [{ type: 'text' }] }],
  ])('with the turn %j is refused', (turn) => {
    expect(turnSchema.safeParse(turn).success).toBe(false)
  })

  const request = { system: 's', tools: [], turns: [say('user', text)], maxOutputTokens: 10 }

  it.each([
    [{ turns: [] }],
    [{ maxOutputTokens: 0 }],
    [{ toolChoice: 'read' }],
    [{ toolChoice: undefined }],
    [{ tools: [{ name: 'read' }] }],
    [{ answer: { name: 'a' } }],
    [{ system: 7 }],
  ])('is not sent with %j', (change) => {
    expect(modelRequestSchema.safeParse(request).success).toBe(true)
    expect(modelRequestSchema.safeParse({ ...request, ...change }).success).toBe(false)
  })
})
