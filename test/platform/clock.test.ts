import { describe, expect, it, vi } from 'vitest'
import type { Clock } from '../../kernel/index.ts'
import { sleep, systemClock, within } from '../../platform/index.ts'

/** Rings when it is told to, and knows who waits. */
function handClock() {
  const waiting = new Map<() => void, number>()
  const clock: Clock = {
    now: () => 0,
    after(ms, callback) {
      waiting.set(callback, ms)
      return () => waiting.delete(callback)
    },
  }
  const ring = () => {
    for (const callback of [...waiting.keys()]) {
      waiting.delete(callback)
      callback()
    }
  }
  return { clock, ring, waits: () => [...waiting.values()] }
}

const never = () => new Promise<never>(() => {})

describe('within', () => {
  it('gives what the work comes to, a failure too, and leaves no timer', async () => {
    const { clock, waits } = handClock()
    const late = vi.fn(() => 'late')
    expect(await within(clock, 10, Promise.resolve('done'), late)).toBe('done')
    const broken = Promise.reject(new Error('broken'))
    await expect(within(clock, 10, broken, late)).rejects.toThrow('broken')
    expect(waits()).toEqual([])
    expect(late).not.toHaveBeenCalled()
  })

  it('gives up after the time, and ignores a failure that comes later', async () => {
    const { clock, ring, waits } = handClock()
    const { promise, reject } = Promise.withResolvers<string>()
    const given = within(clock, 10, promise, () => 'late')
    expect(waits()).toEqual([10])
    ring()
    expect(await given).toBe('late')
    reject(new Error('broken'))
    await new Promise(setImmediate)
  })

  it.each([0, -5])('gives up at once with %d ms, and rings nothing', async (ms) => {
    const { clock, waits } = handClock()
    expect(await within(clock, ms, never(), () => 'late')).toBe('late')
    expect(waits()).toEqual([])
  })

  it('never gives up with Infinity', async () => {
    const { clock, waits } = handClock()
    const { promise, resolve } = Promise.withResolvers<string>()
    const given = within(clock, Number.POSITIVE_INFINITY, promise, () => 'late')
    expect(waits()).toEqual([])
    resolve('done')
    expect(await given).toBe('done')
  })

  it('passes on what `late` throws', async () => {
    const given = within(systemClock, 1, never(), () => {
      throw new Error('too late')
    })
    await expect(given).rejects.toThrow('too late')
  })
})

describe('sleep', () => {
  it('ends after the time, or at the signal, and leaves no timer', async () => {
    const { clock, ring, waits } = handClock()
    const stop = new AbortController()
    const slept = sleep(clock, 10, stop.signal)
    ring()
    await slept
    const aborted = sleep(clock, 20, stop.signal)
    stop.abort()
    await aborted
    await sleep(clock, 30, stop.signal)
    await sleep(clock, 0, new AbortController().signal)
    expect(waits()).toEqual([])
  })
})
