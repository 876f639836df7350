// How a model stands after any facts: what was told last is true, and what says nothing changes nothing.

import fc from 'fast-check'
import { createColors } from 'picocolors'
import { describe, expect, it } from 'vitest'
import {
  type ModelStatuses,
  standingAfter,
  standingBefore,
  standingSchema,
} from '../../../app/status/model-standing.ts'
import { statusText } from '../../../cli/answers.ts'
import type { ModelFact, RunFact } from '../../../machines/index.ts'

const UNTIL = 1_800_000_000_000
const usage = { input: 1, cacheRead: 0, cacheWrite: 0, output: 1 }
const model = 'a/x'
const fact = {
  started: { type: 'model.started', model, key: 'k', try: 1 },
  replied: { type: 'model.replied', model, key: 'k', ms: 5, usage },
  limits: { type: 'model.limits_learnt', model, limits: { requests: 50 } },
  throttled: {
    type: 'model.throttled',
    model,
    reason: 'rate_limited',
    concurrency: 4,
    retryAfterMs: undefined,
  },
  opened: { type: 'model.breaker_opened', model, until: UNTIL },
  trial: { type: 'model.breaker_half_open', model },
  closed: { type: 'model.breaker_closed', model },
  paused: { type: 'model.paused', model, reason: 'out_of_quota', message: 'no credit', until: UNTIL },
  forGood: { type: 'model.paused', model, reason: 'out_of_quota', message: 'no key', until: undefined },
  resumed: { type: 'model.resumed', model },
  replaced: { type: 'model.fell_back', key: 'k', from: model, to: 'b/y', reason: 'overloaded' },
} satisfies Record<string, ModelFact>
type FactName = keyof typeof fact

const after = (...names: readonly FactName[]): ModelStatuses =>
  names.reduce((standing: ModelStatuses, name) => standingAfter(standing, fact[name]), {})
const shown = (models: ModelStatuses) =>
  statusText({ state: 'working', models }, createColors(false)).split('\n').slice(1).join('\n')

describe('the standing', () => {
  it.each([
    [['started'], undefined, ''],
    [['replied'], undefined, ''],
    [['limits'], { limits: { requests: 50 } }, ''],
    [['throttled'], { concurrency: 4 }, ''],
    [['opened'], { breaker: 'open' }, 'models  a/x: failing, its breaker is open'],
    [['opened', 'trial'], { breaker: 'half_open' }, 'models  a/x: failing, its breaker is half open'],
    [['opened', 'trial', 'opened'], { breaker: 'open' }, 'models  a/x: failing, its breaker is open'],
    [['opened', 'trial', 'closed'], {}, ''],
    [['paused'], { paused: { reason: 'no credit', until: UNTIL } }, 'models  a/x: paused (no credit)'],
    [['paused', 'forGood'], { paused: { reason: 'no key' } }, 'models  a/x: paused (no key)'],
    [['paused', 'resumed'], {}, ''],
    [['resumed'], {}, ''],
    [['replaced'], { insteadOfIt: 'b/y' }, 'models  a/x: replaced by b/y'],
    [['replaced', 'started'], { insteadOfIt: 'b/y' }, 'models  a/x: replaced by b/y'],
    [['replaced', 'replied'], {}, ''],
    [
      ['opened', 'paused', 'replaced'],
      { breaker: 'open', paused: { reason: 'no credit', until: UNTIL }, insteadOfIt: 'b/y' },
      'models  a/x: paused (no credit), failing, its breaker is open, replaced by b/y',
    ],
    [['opened', 'replaced', 'replied'], { breaker: 'open' }, 'models  a/x: failing, its breaker is open'],
  ] as [FactName[], object | undefined, string][])('after %j is %o', (names, standing, text) => {
    expect(after(...names)[model]).toEqual(standing)
    expect(shown(after(...names))).toBe(text)
  })

  it('of another model is left alone', () => {
    const other = { 'b/y': { concurrency: 2 } }
    for (const each of Object.values(fact)) expect(standingAfter(other, each)['b/y']).toBe(other['b/y'])
  })

  it('is the same object when a fact says nothing new, so that nothing is stored', () => {
    const replaced = after('replaced')
    expect(standingAfter(replaced, fact.replaced)).toBe(replaced)
    expect(standingAfter(replaced, fact.started)).toBe(replaced)
    const open = after('opened')
    expect(standingAfter(open, fact.replied)).toBe(open)
    expect(standingAfter(open, { type: 'node.stopped' } as RunFact)).toBe(open)
  })

  it('may be of a model with any name', () => {
    for (const name of ['__proto__/x', 'constructor', 'a/toString', '']) {
      const standing = standingAfter({}, { ...fact.opened, model: name })
      expect(Object.entries(standing)).toEqual([[name, { breaker: 'open' }]])
      expect(standingAfter(standing, { ...fact.replaced, from: name })[name]?.insteadOfIt).toBe('b/y')
    }
  })

  it('can be stored and read again after any facts, and then has the limits alone', () => {
    const names = fc.array(fc.constantFrom(...(Object.keys(fact) as FactName[])), { maxLength: 12 })
    fc.assert(
      fc.property(names, (told) => {
        const standing = after(...told)
        const stored = JSON.parse(JSON.stringify(standing)) as unknown
        expect(standingSchema.parse(stored)).toEqual(standing)
        const wasLimited = told.includes('limits')
        expect(standingBefore(stored)).toEqual(wasLimited ? { [model]: { limits: { requests: 50 } } } : {})
      }),
    )
  })

  it.each([
    ['nothing', undefined],
    ['a list', []],
    ['a breaker of another version', { 'a/x': { breaker: 'ajar' } }],
    ['limits that are no numbers', { 'a/x': { limits: { requests: 'many' } } }],
  ])('that is stored as %s is none', (_, stored) => {
    expect(standingBefore(stored)).toEqual({})
  })

  it('whose reason holds control characters is written as one line', () => {
    const standing = standingAfter({}, { ...fact.paused, message: 'no\ncredit\u001b[2J' })
    expect(shown(standing)).toBe('models  a/x: paused (no credit)')
  })
})
