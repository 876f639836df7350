// Limits follow the speed of the machine, and a missed one says which resource was short.

import { afterEach, expect, it } from 'vitest'
import { eventually } from './eventually.ts'
import { limit, MAX_SLOWNESS, measureSlowness, shortage } from './machine-speed.ts'

const SHORTAGE = /short: (CPU|memory|disk) \(.+\)|neither CPU nor memory nor disk was short/
const measured = process.env.TEST_SLOWNESS

afterEach(() => {
  if (measured === undefined) delete process.env.TEST_SLOWNESS
  else process.env.TEST_SLOWNESS = measured
})

it('measures a factor from 1 to the greatest', () => {
  const slowness = measureSlowness()
  expect(slowness).toBeGreaterThanOrEqual(1)
  expect(slowness).toBeLessThanOrEqual(MAX_SLOWNESS)
})

it('lengthens limits on a slow machine, and never beyond the greatest factor', () => {
  process.env.TEST_SLOWNESS = '4'
  expect(limit(1_000)).toBeGreaterThanOrEqual(4_000)
  process.env.TEST_SLOWNESS = '1000'
  expect(limit(1_000)).toBe(1_000 * MAX_SLOWNESS)
})

it('waits past the limit for a fact that comes late on a slow machine', async () => {
  process.env.TEST_SLOWNESS = String(MAX_SLOWNESS)
  const began = performance.now()
  expect(await eventually(() => performance.now() - began > 200 && 'come', { within: 50 })).toBe('come')
})

it('gives up on a fact that never comes, and says what was short', async () => {
  const waiting = eventually(() => false, { within: 20, what: 'the end' })
  await expect(waiting).rejects.toThrow(
    /^the end did not come true in [\d.]+ s \(limit 0.02 s on a quiet machine/,
  )
  await expect(waiting).rejects.toThrow(SHORTAGE)
  expect(shortage()).toMatch(SHORTAGE)
})
