// Storm: fifty askers, a vendor with limits of requests and tokens that throttles, overloads and recovers; simulated
// minutes. No call is sent while a limit is used up or after the vendor asked to wait, all are answered, in order.

import { describe, expect, it } from 'vitest'
import type { ModelFact as GovernorFact, ModelResult } from '../../../machines/index.ts'
import { createAsker } from '../../../providers/governor/asker.ts'
import { governorSettingsSchema } from '../../../providers/governor/settings.ts'
import { requestOf, SimulatedClock, SimulatedVendor, seeded, type Weather } from './simulated.ts'

const ASKERS = 50
const QUESTIONS = 4
const minute = 60_000

async function storm(kind: 'bucket' | 'window', seed: number) {
  const clock = new SimulatedClock()
  const chance = seeded(seed)
  const began = clock.now()
  const asked = new Map<number, number>()
  const early: number[] = []
  const weather = (now: number): Weather | undefined => {
    const minutes = (now - began) / minute
    // Who was told to wait, and the few that were on their way already, may come again after it.
    for (const [at, until] of asked) if (now > at + 100 && now < until) early.push(now)
    if (minutes > 1 && minutes < 2) return { kind: 'overloaded' }
    if (minutes > 3 && minutes < 3.5) return { kind: 'server_fault' }
    if (chance() < 0.08) {
      asked.set(now, now + 9_000)
      return { kind: 'rate_limited', retryAfterMs: 9_000 }
    }
    return chance() < 0.1 ? { kind: 'overloaded' } : undefined
  }
  const vendor = new SimulatedVendor({
    name: 'acme/one',
    clock,
    chance,
    kind,
    requests: 40,
    tokens: 20_000,
    weather,
  })
  const facts: GovernorFact[] = []
  const settings = governorSettingsSchema.parse({ deadlineMs: 120 * minute, tries: 12 })
  const tell = (fact: GovernorFact): void => void facts.push(fact)
  const asker = createAsker({ models: [vendor], settings, clock, chance, tell })
  const order: string[] = []
  const askAll = async (id: number): Promise<ModelResult[]> => {
    const answers: ModelResult[] = []
    for (let at = 0; at < QUESTIONS; at += 1) {
      const key = `${id}/${at}`
      order.push(key)
      const request = requestOf(`question ${key} `.repeat(1 + Math.floor(chance() * 40)), 200)
      answers.push(
        await asker.ask({ chain: ['acme/one'], request, key, signal: new AbortController().signal }),
      )
    }
    return answers
  }
  const all = Promise.all(Array.from({ length: ASKERS }, (_, id) => askAll(id)))
  const answers = (await clock.until(all)).flat()
  return { vendor, answers, order, facts, early, minutes: (clock.now() - began) / minute }
}

describe.each(['bucket', 'window'] as const)('a storm over limits kept by a %s', (kind) => {
  it.each([1, 2, 3])('is weathered (%i)', async (seed) => {
    const { vendor, answers, order, facts, early, minutes } = await storm(kind, seed)
    expect(vendor.breaches).toEqual([])
    expect(early).toEqual([])
    expect(answers).toHaveLength(ASKERS * QUESTIONS)
    expect(answers.filter(({ kind }) => kind !== 'replied')).toEqual([])
    const started = facts.flatMap((fact) =>
      fact.type === 'model.started' && fact.try === 1 ? [fact.key] : [],
    )
    expect(started).toEqual(order)
    expect(facts.some(({ type }) => type === 'model.throttled')).toBe(true)
    expect(facts.some(({ type }) => type === 'model.breaker_opened')).toBe(true)
    // Said once, for they stay the same.
    const limits = { requests: 40, tokens: 20_000 }
    expect(facts.filter(({ type }) => type === 'model.limits_learnt')).toEqual([
      { type: 'model.limits_learnt', model: 'acme/one', limits },
    ])
    // It is not kept by standing still: the vendor's limits allow 40 requests a minute.
    expect(vendor.arrivals.length / minutes).toBeGreaterThan(15)
  })
})
