// Leases' exam
//
// Owns:   what every implementation of Leases must do, as tests that know nothing but the port and a few levers.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Lease, Leases, LeaseTimes } from '../../transport/index.ts'
import { eventually } from '../eventually.ts'
import { limit } from '../machine-speed.ts'

/** Short, so that the tests are; the order of the three is what counts. */
export const TIMES: LeaseTimes = { ttlMs: 2_400, renewMs: 150, giveUpMs: 1_500 }

/** Two who see the same leases, each by a way of its own. */
export interface LeasesSubject {
  readonly here: Leases
  readonly there: Leases
  /** Removes a lease, as an administrator can. */
  remove(name: string): Promise<void>
  /** Cuts the way of `here`: nothing goes through any more, and nothing says so. */
  cut(): Promise<void>
  close(): Promise<void>
}

export function leasesContract(name: string, open: () => Promise<LeasesSubject>): void {
  describe(`leases: ${name}`, () => {
    let subject: LeasesSubject
    let here: Leases
    let there: Leases

    beforeEach(async () => {
      subject = await open()
      here = subject.here
      there = subject.there
    })
    afterEach(async () => {
      await subject.close()
    })

    async function acquired(leases: Leases, name: string, value: unknown = { of: name }): Promise<Lease> {
      const answer = await leases.acquire(name, () => value)
      if (answer.kind === 'taken') throw new Error(`${name} is taken`)
      return answer.lease
    }

    const names = async (leases: Leases): Promise<string[]> => (await leases.list()).map((each) => each.name)

    test('what is acquired is listed for everybody, with what its holder says of itself', async () => {
      const lease = await acquired(here, 'b', { workers: 2 })
      await acquired(there, 'a')
      const list = await there.list()
      expect(list.map(({ name, value }) => ({ name, value }))).toEqual([
        { name: 'a', value: { of: 'a' } },
        { name: 'b', value: { workers: 2 } },
      ])
      expect(list[1]?.epoch).toBe(lease.epoch)
      expect(Math.abs(Date.now() - (list[1]?.renewed ?? 0))).toBeLessThan(5_000)
      expect(await names(here)).toEqual(['a', 'b'])
    })

    test('what its holder wrote and somebody has removed is written again, under its epoch', async () => {
      const lease = await acquired(here, 'a')
      await subject.remove('a')
      await eventually(async () => (await there.list()).some(({ epoch }) => epoch === lease.epoch))
      expect(await Promise.race([lease.ended, Promise.resolve('held')])).toBe('held')
    })

    test('a name that is held is refused, with who holds it', async () => {
      const { epoch } = await acquired(here, 'a', { pid: 1 })
      expect(await there.acquire('a', () => ({ pid: 2 }))).toMatchObject({
        kind: 'taken',
        holder: { name: 'a', epoch, value: { pid: 1 } },
      })
    })

    test('of many who want a name at once one gets it', async () => {
      const answers = await Promise.all(
        [here, there, here, there].map((each) => each.acquire('a', () => ({}))),
      )
      expect(answers.filter(({ kind }) => kind === 'acquired')).toHaveLength(1)
    })

    test('what is released is free at once, and its next holder has a greater epoch', async () => {
      const first = await acquired(here, 'a')
      await first.release()
      expect(await first.ended).toBe('released')
      expect(await names(there)).toEqual([])
      const second = await acquired(there, 'a')
      expect(second.epoch).toBeGreaterThan(first.epoch)
      await second.release()
      expect((await acquired(here, 'a')).epoch).toBeGreaterThan(second.epoch)
    })

    test('it is held much longer than it would last, under one epoch', async () => {
      const lease = await acquired(here, 'a')
      let ended = false
      lease.ended.then(() => (ended = true))
      const began = performance.now()
      await eventually(async () => {
        expect(await there.list()).toMatchObject([{ name: 'a', epoch: lease.epoch }])
        return performance.now() - began > 2 * TIMES.ttlMs
      })
      expect(ended).toBe(false)
    })

    test('what a holder says of itself is as new as its last renewal', async () => {
      let busy = 0
      await here.acquire('a', () => ({ busy: Math.min(2, busy++) }))
      await eventually(async () => {
        const [held] = await there.list()
        return (held?.value as { busy: number } | undefined)?.busy === 2
      })
    })

    test('whoever is cut off hears of it before the others see the name free (L2)', async () => {
      const lease = await acquired(here, 'a')
      let heard = 0
      lease.ended.then(() => (heard = performance.now()))
      await subject.cut()
      const began = performance.now()
      await eventually(async () => (await names(there)).length === 0)
      expect(performance.now() - began).toBeLessThan(limit(TIMES.ttlMs + 1_000))
      expect(heard).toBeGreaterThan(0)
      expect(performance.now() - heard).toBeGreaterThan(0)
      expect(await lease.ended).toBe('lost')
      expect((await acquired(there, 'a')).epoch).toBeGreaterThan(lease.epoch)
    })

    test('when all are removed their holders hear so, and nobody makes them anew', async () => {
      const lease = await acquired(here, 'a')
      await there.destroy()
      expect(await lease.ended).toBe('removed')
      await expect(here.acquire('b', () => ({}))).rejects.toMatchObject({ code: 'closed' })
      await there.destroy()
    })

    test('closing releases what is held, and nothing else', async () => {
      const lease = await acquired(here, 'a')
      await acquired(here, 'b')
      await acquired(there, 'c')
      await here.close()
      expect(await lease.ended).toBe('released')
      expect(await names(there)).toEqual(['c'])
    })

    test.each(['', 'a.b', 'a b', '*', 'ü', 'x'.repeat(60)])('%j is no name', async (bad) => {
      await expect(here.acquire(bad, () => ({}))).rejects.toMatchObject({ code: 'bad_name' })
    })
  })
}
