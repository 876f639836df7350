// Leases when the clock jumps, when a holder cannot describe itself, when slots hold foreign text, and when a renewal is
// under way while the lease is released.

import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Lease, type Leases, memorySlots, openMemoryLeases, type Slots } from '../../transport/index.ts'
import { eventually } from '../eventually.ts'

/** Long enough that a busy machine loses no lease. */
const LONG = { ttlMs: 60_000, renewMs: 20, giveUpMs: 50_000 }

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

async function acquired(leases: Leases, describe: () => unknown = () => null): Promise<Lease> {
  const answer = await leases.acquire('a', describe)
  if (answer.kind === 'taken') throw new Error('it is taken')
  return answer.lease
}

const isHeld = (lease: Lease): Promise<boolean> =>
  Promise.race([
    lease.ended.then(() => false),
    new Promise<boolean>((done) => setImmediate(() => done(true))),
  ])

/** Slots that count renewals, and hold one of them up. */
function slow(slots: Slots): { way: Slots; updates: () => number; hold(): PromiseWithResolvers<void> } {
  let updates = 0
  let held: PromiseWithResolvers<void> | undefined
  const way: Slots = {
    create: (name, text) => slots.create(name, text),
    read: (name) => slots.read(name),
    remove: (name, revision) => slots.remove(name, revision),
    names: () => slots.names(),
    destroy: () => slots.destroy(),
    async update(name, text, revision) {
      updates += 1
      const written = await slots.update(name, text, revision)
      await held?.promise
      return written
    },
  }
  return {
    way,
    updates: () => updates,
    hold: () => {
      held = Promise.withResolvers<void>()
      return held
    },
  }
}

describe('a clock that jumps', () => {
  test.each([
    ['a day forward', 86_400_000],
    ['a day back', -86_400_000],
    ['to the year 1970', Number.NEGATIVE_INFINITY],
  ])('%s neither ends nor frees a lease', async (_, jump) => {
    const slots = memorySlots(LONG.ttlMs)
    const [here, there] = [openMemoryLeases(slots, LONG), openMemoryLeases(slots, LONG)]
    const lease = await acquired(here)
    const real = Date.now
    vi.spyOn(Date, 'now').mockImplementation(() => (Number.isFinite(jump) ? real() + jump : 0))
    const before = (await slots.read('a'))?.revision ?? 0
    await eventually(async () => ((await slots.read('a'))?.revision ?? 0) > before + 2)
    expect(await isHeld(lease)).toBe(true)
    expect((await there.list()).map(({ name, epoch }) => [name, epoch])).toEqual([['a', lease.epoch]])
    expect(await there.acquire('a', () => null)).toMatchObject({ kind: 'taken' })
    await lease.release()
    expect(await there.list()).toEqual([])
    await there.close()
  })

  test('between two holders leaves the order of their epochs', async () => {
    const slots = memorySlots(LONG.ttlMs)
    const epochs: number[] = []
    for (const now of [2_000_000_000_000, 0, 1_000_000_000_000]) {
      vi.spyOn(Date, 'now').mockReturnValue(now)
      const leases = openMemoryLeases(slots, LONG)
      epochs.push((await acquired(leases)).epoch)
      expect((await leases.list())[0]?.renewed).toBe(now)
      await leases.close()
    }
    expect(epochs).toEqual([...new Set(epochs)].toSorted((one, other) => one - other))
  })
})

describe('a holder that cannot describe itself', () => {
  const loop: { self?: unknown } = {}
  loop.self = loop
  const odd: [string, () => unknown][] = [
    [
      'throws',
      () => {
        throw new Error('not now')
      },
    ],
    ['gives a BigInt', () => 1n],
    ['gives a circle', () => loop],
  ]

  test.each(odd)('because it %s gets no lease, and takes no name', async (_, describe) => {
    const slots = memorySlots(LONG.ttlMs)
    const leases = openMemoryLeases(slots, LONG)
    await expect(leases.acquire('a', describe)).rejects.toThrow()
    expect(await leases.list()).toEqual([])
    await (await acquired(leases)).release()
  })

  test.each(odd)('later, because it %s, keeps its lease with its last description', async (_, describe) => {
    const slots = memorySlots(LONG.ttlMs)
    const { way, updates } = slow(slots)
    const leases = openMemoryLeases(way, LONG)
    let calls = 0
    const lease = await acquired(leases, () => {
      calls += 1
      return calls < 3 ? { calls } : describe()
    })
    await eventually(() => updates() > 4)
    expect(await isHeld(lease)).toBe(true)
    expect(await leases.list()).toMatchObject([{ name: 'a', epoch: lease.epoch, value: { calls: 2 } }])
    await leases.close()
  })

  test('with more than JSON has tells what JSON has', async () => {
    const leases = openMemoryLeases(memorySlots(LONG.ttlMs), LONG)
    for (const [value, expected] of [
      [undefined, null],
      [() => 1, null],
      [{ a: undefined, b: Number.NaN }, { b: null }],
      [new Date(0), '1970-01-01T00:00:00.000Z'],
      [{ ['__proto__']: 1 }, { ['__proto__']: 1 }],
    ]) {
      const lease = await acquired(leases, () => value)
      const [view] = await leases.list()
      expect(JSON.stringify(view?.value ?? null)).toBe(JSON.stringify(expected))
      await lease.release()
    }
  })
})

describe('a lease that is released', () => {
  test('while a renewal is under way is free when the release is over', async () => {
    const slots = memorySlots(LONG.ttlMs)
    const { way, updates, hold } = slow(slots)
    const lease = await acquired(openMemoryLeases(way, LONG))
    const held = hold()
    const before = updates()
    await eventually(() => updates() > before)
    const released = lease.release()
    held.resolve()
    await released
    expect(await slots.read('a')).toBeUndefined()
    expect(await lease.ended).toBe('released')
  })

  test('is told at once, also while a renewal is under way that never ends', async () => {
    const { way, updates, hold } = slow(memorySlots(LONG.ttlMs))
    const lease = await acquired(openMemoryLeases(way, LONG))
    hold()
    const before = updates()
    await eventually(() => updates() > before)
    void lease.release()
    expect(await lease.ended).toBe('released')
  })

  test('twice, or by closing, is released once, and its next holder is left alone', async () => {
    const slots = memorySlots(LONG.ttlMs)
    const [here, there] = [openMemoryLeases(slots, LONG), openMemoryLeases(slots, LONG)]
    const lease = await acquired(here)
    await Promise.all([lease.release(), lease.release(), here.close()])
    const next = await acquired(there)
    await lease.release()
    await here.close()
    expect(await isHeld(next)).toBe(true)
    expect(await there.list()).toMatchObject([{ epoch: next.epoch }])
    await there.close()
  })

  test('is not renewed any more', async () => {
    const { way, updates } = slow(memorySlots(LONG.ttlMs))
    const lease = await acquired(openMemoryLeases(way, LONG))
    await eventually(() => updates() > 1)
    await lease.release()
    const count = updates()
    await new Promise((done) => setTimeout(done, 4 * LONG.renewMs))
    expect(updates()).toBe(count)
  })
})

describe('a slot with a foreign text', () => {
  const SHORT = { ttlMs: 60, renewMs: 20, giveUpMs: 40 }
  test.each([
    '',
    'null',
    '{}',
    'x'.repeat(10_000),
    '{"owner":1}',
    '{"owner":"o","epoch":-1,"value":1}',
    '{"owner":"o","epoch":"1","value":1}',
    `{"owner":"o","epoch":1,"value":${'['.repeat(200)}${']'.repeat(200)}}`,
  ])('%j is waited for until it has expired, and then the name is free', async (text) => {
    const slots = memorySlots(SHORT.ttlMs)
    await slots.create('a', text)
    const leases = openMemoryLeases(slots, SHORT)
    expect(await leases.list()).toEqual([])
    const lease = await acquired(leases)
    expect(lease.epoch).toBeGreaterThan(1)
    await leases.close()
  })

  test('of a newer version is the lease of its holder', async () => {
    const slots = memorySlots(LONG.ttlMs)
    await slots.create('a', '{"owner":"o","epoch":7,"value":{"n":1},"since":5,"format":2}')
    const leases = openMemoryLeases(slots, LONG)
    expect(await leases.acquire('a', () => null)).toMatchObject({
      kind: 'taken',
      holder: { name: 'a', epoch: 7, value: { n: 1 } },
    })
  })
})

describe('names', () => {
  test.each(['a', 'A', '0', 'node-a_7', 'a'.repeat(41), 'constructor', 'length'])(
    '%j is one',
    async (name) => {
      const leases = openMemoryLeases(memorySlots(LONG.ttlMs), LONG)
      const answer = await leases.acquire(name, () => name)
      expect(answer).toMatchObject({ kind: 'acquired', lease: { name } })
      expect(await leases.list()).toMatchObject([{ name, value: name }])
      await leases.close()
    },
  )

  test.each(['-a', '_a', 'a'.repeat(42), 'a\n', '\u0430', '__proto__', '../a', '$KV'])(
    '%j is none, and the error has it in it',
    async (name) => {
      const leases = openMemoryLeases(memorySlots(LONG.ttlMs), LONG)
      await expect(leases.acquire(name, () => null)).rejects.toMatchObject({
        code: 'bad_name',
        message: `"${name}" is not a valid lease name: use letters, digits, "-" and "_", at most 41 of them`,
      })
    },
  )

  test('of many are listed in their order, each with its own holder', async () => {
    const slots = memorySlots(LONG.ttlMs)
    const holders = ['b', 'a', 'c', 'B', 'a1', 'a-1']
    const all = holders.map((name) => ({ name, leases: openMemoryLeases(slots, LONG) }))
    for (const { name, leases } of all) await leases.acquire(name, () => ({ of: name }))
    const list = (await all[0]?.leases.list()) ?? []
    expect(list.map(({ name }) => name).toSorted()).toEqual(holders.toSorted())
    for (const { name, value } of list) expect(value).toEqual({ of: name })
    expect(new Set(list.map(({ epoch }) => epoch)).size).toBe(holders.length)
    for (const { leases } of all) await leases.close()
    expect(await all[0]?.leases.list()).toEqual([])
  })
})
