// Asker: what comes of a question when its models fail, each in its way; on a clock that is moved.

import { describe, expect, it } from 'vitest'
import {
  type FailureKind,
  type ModelFact as GovernorFact,
  type ModelRequest,
  type ModelResult,
  paidTries,
} from '../../../machines/index.ts'
import { createAsker } from '../../../providers/governor/asker.ts'
import { governorSettingsSchema } from '../../../providers/governor/settings.ts'
import type { Model } from '../../../providers/models/model.ts'
import { requestOf, SimulatedClock, SimulatedVendor, seeded, type Weather } from './simulated.ts'

type Skies = Readonly<Record<string, (now: number, request: ModelRequest) => Weather | undefined>>

interface World extends ReturnType<typeof createAsker> {
  readonly clock: SimulatedClock
  readonly vendors: Readonly<Record<string, SimulatedVendor>>
  readonly facts: GovernorFact[]
  told(type: GovernorFact['type']): GovernorFact[]
  /** Asks and lets time pass until it is answered. */
  answer(chain: readonly string[], key?: string, request?: ModelRequest): Promise<ModelResult>
  count(model: string): number
}

function world(skies: Skies, given: object = {}): World {
  const clock = new SimulatedClock()
  const chance = seeded(7)
  const vendors = Object.fromEntries(
    Object.entries(skies).map(([name, weather]) => [
      name,
      new SimulatedVendor({ name: name as Model['name'], clock, chance, weather }),
    ]),
  )
  const facts: GovernorFact[] = []
  const settings = governorSettingsSchema.parse(given)
  const tell = (fact: GovernorFact): void => void facts.push(fact)
  const asker = createAsker({ models: Object.values(vendors), settings, clock, chance, tell })
  return {
    ...asker,
    clock,
    vendors,
    facts,
    told: (type) => facts.filter((fact) => fact.type === type),
    answer: (chain, key = 'k', request = requestOf('hello')) =>
      clock.until(asker.ask({ chain, request, key, signal: new AbortController().signal })),
    count: (model) => vendors[model]?.arrivals.length ?? 0,
  }
}

const fine = (): undefined => undefined
const always = (kind: Weather['kind'], retryAfterMs?: number) => (): Weather =>
  retryAfterMs === undefined ? { kind } : { kind, retryAfterMs }

/** Fails so often, then is well. */
function first(times: number, weather: Weather) {
  let left = times
  return (): Weather | undefined => {
    left -= 1
    return left >= 0 ? weather : undefined
  }
}

describe('trying again', () => {
  it('what may pass is tried again until it does', async () => {
    const { answer, count, told } = world({ 'a/x': first(3, { kind: 'server_fault' }) })
    expect(await answer(['a/x'])).toMatchObject({ kind: 'replied', model: 'a/x' })
    expect(count('a/x')).toBe(4)
    expect(told('model.retried')).toHaveLength(3)
  })

  it('tells why a question ended without a reply, and nothing when it was given up or answered', async () => {
    const { answer, ask, clock, told } = world({ 'a/x': always('too_long'), 'b/y': fine })
    await answer(['a/x'], 'q1')
    await answer(['b/y'], 'q2')
    const gone = AbortSignal.abort()
    await clock.until(ask({ chain: ['a/x'], request: requestOf('x'), key: 'q3', signal: gone }))
    expect(told('model.failed')).toEqual([
      { type: 'model.failed', model: 'a/x', key: 'q1', kind: 'too_long', message: 'too_long' },
    ])
  })

  it('and no more often than it is set', async () => {
    const { answer, count } = world({ 'a/x': always('server_fault') }, { tries: 3, breaker: { failures: 9 } })
    expect(await answer(['a/x'])).toMatchObject({ kind: 'failed', failure: { kind: 'server_fault' } })
    expect(count('a/x')).toBe(3)
  })

  it('what the vendor asked to wait is the least, for everybody', async () => {
    const { answer, clock, vendors, ask } = world({
      'a/x': first(1, { kind: 'rate_limited', retryAfterMs: 7_000 }),
    })
    const began = clock.now()
    const other = ask({
      chain: ['a/x'],
      request: requestOf('other'),
      key: 'other',
      signal: new AbortController().signal,
    })
    await answer(['a/x'])
    await clock.until(other)
    const [, ...later] = vendors['a/x']?.arrivals ?? []
    expect(later).toHaveLength(2)
    for (const { at } of later) expect(at - began).toBeGreaterThanOrEqual(7_000)
  })

  it.each(['too_long', 'unauthorized'] as const)('%s is not tried again', async (kind) => {
    const { answer, count } = world({ 'a/x': always(kind) })
    expect(await answer(['a/x'])).toMatchObject({ kind: 'failed', failure: { kind } })
    expect(count('a/x')).toBe(1)
  })

  it('all tries together keep the deadline', async () => {
    const { answer, clock } = world(
      { 'a/x': always('overloaded') },
      { tries: 1_000, deadlineMs: 90_000, breaker: { failures: 5_000 } },
    )
    const began = clock.now()
    expect(await answer(['a/x'])).toMatchObject({ kind: 'failed', failure: { kind: 'overloaded' } })
    expect(clock.now() - began).toBeGreaterThan(60_000)
    expect(clock.now() - began).toBeLessThan(100_000)
  })

  it('tells what failed tries took', async () => {
    const clock = new SimulatedClock()
    const usage = { input: 5, cacheRead: 0, cacheWrite: 0, output: 1 }
    const failing = (name: 'a/x' | 'b/y', kind: FailureKind): Model => {
      const failure = { kind, message: 'no', usage }
      return { name, send: async () => ({ kind: 'failed', model: name, failure, limits: [] }) }
    }
    const models = [failing('a/x', 'unknown_model'), failing('b/y', 'bad_request')]
    const settings = governorSettingsSchema.parse({})
    const { ask } = createAsker({ models, settings, clock, chance: seeded(1) })
    const { signal } = new AbortController()
    const answer = await ask({ chain: ['a/x', 'b/y'], request: requestOf('x'), key: 'k', signal })
    expect(answer).toMatchObject({ kind: 'failed', model: 'b/y', lost: [{ model: 'a/x', usage }] })
    expect(paidTries(answer)).toEqual([
      { model: 'a/x', usage },
      { model: 'b/y', usage },
    ])
  })
})

describe('giving up', () => {
  it('a question that waits its turn is given up at once', async () => {
    const { ask, clock, count } = world({ 'a/x': fine })
    const controller = new AbortController()
    const { signal } = controller
    const going = ask({
      chain: ['a/x'],
      request: requestOf('one'),
      key: '1',
      signal: new AbortController().signal,
    })
    const waiting = ask({ chain: ['a/x'], request: requestOf('two'), key: '2', signal })
    controller.abort()
    expect(await waiting).toMatchObject({ kind: 'failed', failure: { kind: 'aborted' } })
    await clock.until(going)
    expect(count('a/x')).toBe(1)
  })

  it('a question between two tries is given up at once', async () => {
    const { ask, clock, count } = world({ 'a/x': always('overloaded', 60_000) })
    const controller = new AbortController()
    const { signal } = controller
    const asked = ask({ chain: ['a/x'], request: requestOf('one'), key: '1', signal })
    await clock.pass(1_000)
    expect(count('a/x')).toBe(1)
    controller.abort()
    expect(await asked).toMatchObject({ kind: 'failed', failure: { kind: 'aborted' } })
  })

  it('a model that does not keep its deadline does not keep the question', async () => {
    const clock = new SimulatedClock()
    const model: Model = { name: 'a/x', send: () => new Promise(() => {}) }
    const settings = governorSettingsSchema.parse({ tries: 2, callMs: 1_000 })
    const { ask, standing } = createAsker({ models: [model], settings, clock, chance: seeded(1) })
    const { signal } = new AbortController()
    const asked = ask({ chain: ['a/x'], request: requestOf('x'), key: 'k', signal })
    expect(await clock.until(asked)).toMatchObject({ kind: 'failed', failure: { kind: 'timed_out' } })
    expect(standing()[0]?.underWay).toBe(0)
  })

  it('a bug of a model is thrown, and the others go on', async () => {
    const clock = new SimulatedClock()
    let calls = 0
    const vendor = new SimulatedVendor({ name: 'a/x', clock, chance: seeded(1) })
    const model: Model = {
      name: 'a/x',
      send: (request, options) => {
        calls += 1
        return calls === 1 ? Promise.reject(new TypeError('a bug')) : vendor.send(request, options)
      },
    }
    const { ask } = createAsker({
      models: [model],
      settings: governorSettingsSchema.parse({}),
      clock,
      chance: seeded(1),
    })
    const { signal } = new AbortController()
    const question = { chain: ['a/x'], request: requestOf('x'), signal }
    const both = [ask({ ...question, key: '1' }), ask({ ...question, key: '2' })]
    const [one, two] = await clock.until(Promise.allSettled(both))
    expect(one).toMatchObject({ status: 'rejected', reason: { message: 'a bug' } })
    expect(two).toMatchObject({ status: 'fulfilled', value: { kind: 'replied' } })
  })

  it('a chain with a model that is not there is a bug', async () => {
    const { answer } = world({ 'a/x': fine })
    await expect(answer(['a/y'])).rejects.toThrow(/a\/y.*known are a\/x/)
  })
})

describe('falling back', () => {
  it('another vendor goes on with the conversation, long before all tries are used up', async () => {
    const { answer, count, told } = world({ 'a/x': always('overloaded'), 'b/y': fine })
    expect(await answer(['a/x', 'b/y'])).toMatchObject({ kind: 'replied', model: 'b/y' })
    expect(count('a/x')).toBe(2)
    expect(told('model.fell_back')).toMatchObject([{ from: 'a/x', to: 'b/y', reason: 'overloaded' }])
  })

  it('at once where another try makes no sense', async () => {
    const { answer, count } = world({ 'a/x': always('unauthorized'), 'b/y': fine })
    expect(await answer(['a/x', 'b/y'])).toMatchObject({ kind: 'replied', model: 'b/y' })
    expect(count('a/x')).toBe(1)
  })

  it('not for what another model cannot mend either', async () => {
    const { answer, count } = world({ 'a/x': always('too_long'), 'b/y': fine })
    expect(await answer(['a/x', 'b/y'])).toMatchObject({
      kind: 'failed',
      model: 'a/x',
      failure: { kind: 'too_long' },
    })
    expect(count('b/y')).toBe(0)
  })

  it('tries that are left come after the others failed, too', async () => {
    const { answer, count } = world({
      'a/x': first(3, { kind: 'server_fault' }),
      'b/y': always('server_fault'),
    })
    expect(await answer(['a/x', 'b/y'])).toMatchObject({ kind: 'replied', model: 'a/x' })
    expect(count('a/x')).toBe(4)
    expect(count('b/y')).toBeGreaterThanOrEqual(2)
  })

  it('an open breaker is gone round at once, and found closed again later', async () => {
    let isDown = true
    const { answer, clock, count, told } = world({
      'a/x': () => (isDown ? { kind: 'server_fault' } : undefined),
      'b/y': fine,
    })
    for (const key of ['1', '2', '3']) await answer(['a/x', 'b/y'], key)
    expect(told('model.breaker_opened')).toHaveLength(1)
    const before = count('a/x')
    expect(await answer(['a/x', 'b/y'], '4')).toMatchObject({ model: 'b/y' })
    expect(count('a/x')).toBe(before)
    isDown = false
    await clock.pass(60_000)
    expect(await answer(['a/x', 'b/y'], '5')).toMatchObject({ model: 'a/x' })
    expect(told('model.breaker_half_open').length).toBeGreaterThan(0)
    expect(told('model.breaker_closed')).toHaveLength(1)
  })

  it('a fallback that failed once is asked again the next time', async () => {
    const { answer } = world(
      { 'a/x': always('server_fault'), 'b/y': first(2, { kind: 'server_fault' }) },
      { tries: 2 },
    )
    expect(await answer(['a/x', 'b/y'], '1')).toMatchObject({ kind: 'failed' })
    expect(await answer(['a/x', 'b/y'], '2')).toMatchObject({ kind: 'replied', model: 'b/y' })
  })

  it('with nobody to fall back to, everybody waits while one probes', async () => {
    let healsAt = Number.POSITIVE_INFINITY
    const { ask, clock, vendors, told } = world({
      'a/x': (now) => (now < healsAt ? { kind: 'unreachable' as 'overloaded' } : undefined),
    })
    healsAt = clock.now() + 120_000
    const { signal } = new AbortController()
    const all = Array.from({ length: 20 }, (_, at) =>
      ask({ chain: ['a/x'], request: requestOf(`${at}`), key: `${at}`, signal }),
    )
    const answers = await clock.until(Promise.all(all))
    expect(answers.filter(({ kind }) => kind !== 'replied')).toEqual([])
    const during = vendors['a/x']?.arrivals.filter(({ at }) => at < healsAt) ?? []
    // Five that opened it and a few probes; not twenty times so many.
    expect(during.length).toBeLessThan(12)
    expect(told('model.breaker_closed')).toHaveLength(1)
  })
})

describe('out of quota', () => {
  it('is no failure; and nothing is started any more until somebody resumes', async () => {
    let isOut = true
    const { ask, answer, clock, count, resume, told } = world({
      'a/x': () => (isOut ? { kind: 'out_of_quota' } : undefined),
    })
    const { signal } = new AbortController()
    const all = Array.from({ length: 10 }, (_, at) =>
      ask({ chain: ['a/x'], request: requestOf(`${at}`), key: `${at}`, signal }),
    )
    const answers = await clock.until(Promise.all(all))
    expect(answers.map(({ kind }) => kind)).toEqual(Array(10).fill('paused'))
    expect(answers[0]).toMatchObject({ model: 'a/x', message: 'out_of_quota' })
    expect(count('a/x')).toBe(1)
    await clock.pass(3_600_000)
    expect(await answer(['a/x'])).toMatchObject({ kind: 'paused' })
    expect(count('a/x')).toBe(1)
    isOut = false
    resume()
    expect(await answer(['a/x'])).toMatchObject({ kind: 'replied' })
    expect(told('model.paused')).toMatchObject([{ model: 'a/x', reason: 'out_of_quota', until: undefined }])
    expect(told('model.resumed')).toHaveLength(1)
  })

  it('those that are under way when it runs out come back, and none is started after them', async () => {
    let calls = 0
    const { ask, clock, count } = world({
      'a/x': () => {
        calls += 1
        return calls > 20 ? { kind: 'out_of_quota' } : undefined
      },
    })
    const { signal } = new AbortController()
    const all = Array.from({ length: 150 }, (_, at) =>
      ask({ chain: ['a/x'], request: requestOf(`${at}`), key: `${at}`, signal }),
    )
    const answers = await clock.until(Promise.all(all))
    expect(answers.filter(({ kind }) => kind === 'replied')).toHaveLength(20)
    expect(answers.filter(({ kind }) => kind === 'paused')).toHaveLength(130)
    expect(count('a/x')).toBeLessThan(60)
  })

  it('another model of the chain goes on', async () => {
    const { answer, count } = world({ 'a/x': always('out_of_quota'), 'b/y': fine })
    expect(await answer(['a/x', 'b/y'])).toMatchObject({ kind: 'replied', model: 'b/y' })
    expect(await answer(['a/x', 'b/y'])).toMatchObject({ kind: 'replied', model: 'b/y' })
    expect(count('a/x')).toBe(1)
  })

  it('with a time it goes on by itself, one call first', async () => {
    const { answer, clock, count } = world({
      'a/x': first(1, { kind: 'out_of_quota', retryAfterMs: 600_000 }),
    })
    expect(await answer(['a/x'])).toMatchObject({ kind: 'paused', retryAfterMs: 600_000 })
    await clock.pass(300_000)
    const later = await answer(['a/x'])
    expect(later.kind === 'paused' && later.retryAfterMs).toBeLessThan(310_000)
    expect(count('a/x')).toBe(1)
    await clock.pass(300_000)
    expect(await answer(['a/x'])).toMatchObject({ kind: 'replied' })
  })

  it('a vendor that asks to wait very long is not waited for', async () => {
    const { answer, clock } = world({ 'a/x': always('rate_limited', 3_600_000) })
    const began = clock.now()
    expect(await answer(['a/x'])).toMatchObject({ kind: 'paused', model: 'a/x', retryAfterMs: 3_600_000 })
    expect(clock.now() - began).toBeLessThan(1_000)
  })
})
