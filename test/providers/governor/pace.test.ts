// Pace: in no minute is more sent than somebody here said, whatever the vendor would take.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ModelFact as GovernorFact } from '../../../machines/index.ts'
import { createAsker } from '../../../providers/governor/asker.ts'
import { Pace } from '../../../providers/governor/pace.ts'
import { governorSettingsSchema } from '../../../providers/governor/settings.ts'
import { requestOf, SimulatedClock, SimulatedVendor, seeded } from './simulated.ts'

const MINUTE = 60_000

describe('a pace', () => {
  it('holds in every minute, and nobody waits who need not', () => {
    const call = fc.record({ pause: fc.nat(30_000), input: fc.nat(400), output: fc.nat(400) })
    fc.assert(
      fc.property(
        fc.array(call, { maxLength: 60 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 2_000 }),
        (calls, requestsPerMinute, tokensPerMinute) => {
          const pace = new Pace({ requestsPerMinute, tokensPerMinute })
          const sent: { at: number; tokens: number }[] = []
          let now = 0
          for (const { pause, input, output } of calls) {
            now += pause
            const size = { input, output, mostOutput: output }
            const tokens = input + output
            const inMinute = (at: number) => sent.filter((each) => each.at > at - MINUTE)
            const fits = (at: number) =>
              inMinute(at).length === 0 ||
              (inMinute(at).length < requestsPerMinute &&
                inMinute(at).reduce((sum, each) => sum + each.tokens, tokens) <= tokensPerMinute)
            const wait = pace.wait(size, now)
            expect(fits(now + wait)).toBe(true)
            if (wait > 0) expect(fits(now + wait - 1)).toBe(false)
            now += wait
            pace.take(size, now)(tokens)
            sent.push({ at: now, tokens })
          }
        },
      ),
    )
  })

  it('counts what a call took in the end', () => {
    const pace = new Pace({ tokensPerMinute: 100 })
    const ended = pace.take({ input: 90, output: 0, mostOutput: 0 }, 0)
    expect(pace.wait({ input: 20, output: 0, mostOutput: 0 }, 1_000)).toBe(MINUTE - 1_000)
    ended(30)
    expect(pace.wait({ input: 20, output: 0, mostOutput: 0 }, 1_000)).toBe(0)
  })

  it('is kept by the governor, for all who ask', async () => {
    const clock = new SimulatedClock()
    const vendor = new SimulatedVendor({ name: 'a/x', clock, chance: seeded(1), weather: () => undefined })
    const settings = governorSettingsSchema.parse({ requestsPerMinute: 3 })
    const at: number[] = []
    const tell = ({ type }: GovernorFact): void => {
      if (type === 'model.started') at.push(clock.now())
    }
    const asker = createAsker({ models: [vendor], settings, clock, chance: seeded(2), tell })
    const { signal } = new AbortController()
    const ask = (key: string) => asker.ask({ chain: ['a/x'], request: requestOf('hello'), key, signal })
    const answers = Array.from({ length: 10 }, (_, at) => ask(`k${at}`))
    await clock.until(Promise.all(answers))
    expect(at).toHaveLength(10)
    for (const [index, time] of at.entries())
      expect((at[index + 3] ?? Number.POSITIVE_INFINITY) - time).toBeGreaterThanOrEqual(MINUTE)
  })
})
