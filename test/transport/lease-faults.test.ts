// Leases over a storage that fails: answers are lost, reads fail, slots and the bucket vanish. A holder keeps its lease as
// long as it can be renewed, hears of its loss in time, and a name never has two holders.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Lease, memorySlots, openMemoryLeases, type Slots } from '../../transport/index.ts'
import { eventually } from '../eventually.ts'

/** Long enough that a busy machine loses no lease. */
const LONG = { ttlMs: 60_000, renewMs: 20, giveUpMs: 50_000 }
const SHORT = { ttlMs: 600, renewMs: 20, giveUpMs: 400 }

type Verb = 'create' | 'update' | 'read' | 'remove'
/** `fail`: nothing is done. `lose`: it is done, and the answer is lost. */
type Fault = 'fail' | 'lose' | undefined

/** Slots whose calls fail as `faultOf` says. */
function faulty(slots: Slots, faultOf: (verb: Verb) => Fault): Slots {
  const through =
    <Args extends unknown[], Result>(verb: Verb, call: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      const fault = faultOf(verb)
      if (fault === 'fail') throw new Error(`${verb} failed`)
      const result = await call(...args)
      if (fault === 'lose') throw new Error(`the answer to ${verb} was lost`)
      return result
    }
  return {
    create: through('create', (name: string, text: string) => slots.create(name, text)),
    update: through('update', (name: string, text: string, at: number) => slots.update(name, text, at)),
    read: through('read', (name: string) => slots.read(name)),
    remove: through('remove', (name: string, at: number) => slots.remove(name, at)),
    names: () => slots.names(),
    destroy: () => slots.destroy(),
  }
}

/** A lease whose storage can be made to fail. */
async function holding(times = LONG): Promise<{
  slots: Slots
  lease: Lease
  faults: Map<Verb, Fault>
  calls: Verb[]
  isHeld: () => Promise<boolean>
  release: () => Promise<void>
}> {
  const slots = memorySlots(times.ttlMs)
  const faults = new Map<Verb, Fault>()
  const calls: Verb[] = []
  const way = faulty(slots, (verb) => {
    calls.push(verb)
    return faults.get(verb)
  })
  const answer = await openMemoryLeases(way, times).acquire('a', () => null)
  if (answer.kind === 'taken') throw new Error('it is taken')
  const { lease } = answer
  const isHeld = (): Promise<boolean> =>
    Promise.race([
      lease.ended.then(() => false),
      new Promise<boolean>((done) => setImmediate(() => done(true))),
    ])
  return { slots, lease, faults, calls, isHeld, release: () => lease.release() }
}

async function called(calls: readonly Verb[], verb: Verb, times: number): Promise<void> {
  const before = calls.filter((each) => each === verb).length
  const more = (): boolean => calls.filter((each) => each === verb).length >= before + times
  await eventually(more, { what: `${verb} being called` })
}

describe('a holder', () => {
  test('keeps its lease when answers to renewals are lost, and its slot stays renewed', async () => {
    const { slots, lease, faults, calls, isHeld, release } = await holding()
    for (let time = 0; time < 3; time += 1) {
      faults.set('update', 'lose')
      await called(calls, 'update', 1)
      faults.clear()
      await called(calls, 'update', 3)
    }
    expect(await isHeld()).toBe(true)
    expect(JSON.parse((await slots.read('a'))?.text ?? '{}')).toMatchObject({ epoch: lease.epoch })
    await release()
  })

  test('keeps its lease when a renewal and the look after it fail for less than it may take', async () => {
    const { faults, calls, isHeld, release } = await holding()
    faults.set('update', 'fail')
    await called(calls, 'update', 1)
    faults.set('update', 'lose')
    await called(calls, 'update', 1)
    faults.delete('update')
    faults.set('read', 'fail')
    await called(calls, 'read', 1)
    faults.clear()
    await called(calls, 'update', 3)
    expect(await isHeld()).toBe(true)
    await release()
  })

  test('writes a slot that somebody removed again, under its epoch, though the first try fails', async () => {
    const { slots, lease, faults, calls, isHeld, release } = await holding()
    faults.set('create', 'fail')
    const slot = await slots.read('a')
    await slots.remove('a', slot?.revision ?? 0)
    await eventually(() => calls.includes('create'), { what: 'the slot being written again' })
    faults.clear()
    await eventually(async () => (await slots.read('a')) !== undefined)
    expect(JSON.parse((await slots.read('a'))?.text ?? '{}')).toMatchObject({ epoch: lease.epoch })
    expect(await isHeld()).toBe(true)
    await release()
  })

  test('hears that its lease is lost when nothing goes through', async () => {
    const { lease, faults } = await holding(SHORT)
    for (const verb of ['update', 'read', 'create'] as const) faults.set(verb, 'fail')
    expect(await lease.ended).toBe('lost')
  })

  test('hears that its lease is lost when another holds the name, and leaves that one alone', async () => {
    const { slots, lease } = await holding()
    const slot = await slots.read('a')
    await slots.remove('a', slot?.revision ?? 0)
    const theirs = await slots.create('a', JSON.stringify({ owner: 'another', epoch: null, value: 1 }))
    expect(await lease.ended).toBe('lost')
    expect((await slots.read('a'))?.revision).toBe(theirs)
    await lease.release()
    expect((await slots.read('a'))?.revision).toBe(theirs)
  })

  test('takes a slot that nobody can read for the lease of another', async () => {
    const { slots, lease } = await holding()
    const slot = await slots.read('a')
    await slots.update('a', 'no JSON', slot?.revision ?? 0)
    expect(await lease.ended).toBe('lost')
  })

  test('that releases is over although the slot cannot be removed; the slot expires', async () => {
    const { slots, lease, faults } = await holding(SHORT)
    faults.set('remove', 'fail')
    await lease.release()
    expect(await lease.ended).toBe('released')
    expect(await slots.read('a')).toBeDefined()
    await eventually(async () => (await slots.read('a')) === undefined)
  })
})

describe('a list', () => {
  test('leaves out slots that hold no lease', async () => {
    const slots = memorySlots(60_000)
    const texts = [
      '',
      '7',
      'null',
      '{}',
      '{"owner":7,"epoch":null,"value":1}',
      '{"owner":"o","epoch":1.5,"value":1}',
      '{"owner":"o","epoch":0,"value":1}',
      `{"owner":"${'o'.repeat(101)}","epoch":null,"value":1}`,
      `${'['.repeat(1_000)}${']'.repeat(1_000)}`,
    ]
    for (const [at, text] of texts.entries()) await slots.create(`bad-${at}`, text)
    await slots.create('good', '{"owner":"o","epoch":null,"value":{"n":1}}')
    await slots.create('kept', '{"owner":"o","epoch":3,"value":null}')
    const list = await openMemoryLeases(slots, LONG).list()
    expect(list.map(({ name, epoch, value }) => [name, epoch, value])).toEqual([
      ['good', texts.length + 1, { n: 1 }],
      ['kept', 3, null],
    ])
  })

  test('rejects when a slot cannot be read: no holder may be taken for dead', async () => {
    const slots = memorySlots(60_000)
    await slots.create('a', '{"owner":"o","epoch":null,"value":1}')
    const way = faulty(slots, (verb) => (verb === 'read' ? 'fail' : undefined))
    await expect(openMemoryLeases(way, LONG).list()).rejects.toThrow('read failed')
  })
})

test('whatever fails, a name has one holder at a time, and each new one a greater epoch', async () => {
  const fault = fc.option(fc.constantFrom<Fault>('fail', 'lose'), { nil: undefined, freq: 3 })
  const faults = fc.array(fault, { minLength: 3, maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(faults, faults, async (ofFirst, ofSecond) => {
      const slots = memorySlots(120)
      const times = { ttlMs: 120, renewMs: 5, giveUpMs: 60 }
      const held: number[] = []
      let holders = 0
      const play = async (script: readonly Fault[]): Promise<void> => {
        let at = 0
        const leases = openMemoryLeases(
          faulty(slots, () => script[at++]),
          times,
        )
        for (let turn = 0; turn < 3; turn += 1) {
          const answer = await leases.acquire('a', () => null).catch(() => undefined)
          if (answer?.kind === 'acquired') {
            holders += 1
            expect(holders).toBe(1)
            held.push(answer.lease.epoch)
            const over = answer.lease.ended.then(() => {
              holders -= 1
            })
            await Promise.race([over, new Promise((done) => setTimeout(done, 15))])
            await answer.lease.release()
            await over
          } else await new Promise((done) => setTimeout(done, 10))
        }
      }
      await Promise.all([play(ofFirst), play(ofSecond)])
      expect(held).toEqual([...new Set(held)].toSorted((one, other) => one - other))
    }),
    { numRuns: 15 },
  )
})

test('a text that is no lease is awaited without hurry, until it has expired', async () => {
  const slots = memorySlots(450)
  await slots.create('a', 'no lease')
  const reads: Verb[] = []
  const leases = openMemoryLeases(
    faulty(slots, (verb) => {
      if (verb === 'read') reads.push(verb)
      return undefined
    }),
    SHORT,
  )
  const answer = await leases.acquire('a', () => null)
  expect(answer.kind).toBe('acquired')
  expect(reads.length).toBeLessThan(10)
  await leases.close()
})
