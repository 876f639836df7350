// Store's exam
//
// Owns:   what every implementation of Store must do, as tests that know nothing but the port.
// Leaves: what only a real disk can do (test/persistence/).

import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type ActorRecord, noChildren, PersistentMap } from '../../kernel/index.ts'
import { type Turn, turnSchema } from '../../machines/index.ts'
import type { Commit, LocalStore } from '../../persistence/index.ts'
import { all, assign, everything, mail, newborn, step } from '../persistence/actor.ts'

/** A store to be examined, empty; `reopen` closes it and opens what it left behind. */
export interface Subject {
  readonly store: LocalStore
  reopen(): Promise<LocalStore>
  close(): Promise<void>
}

export function storeContract(name: string, open: () => Promise<Subject>): void {
  describe(name, () => {
    let subject: Subject
    let store: LocalStore

    beforeEach(async () => {
      subject = await open()
      store = subject.store
    })
    afterEach(() => subject.close())

    async function commit(commits: readonly Commit[]): Promise<ActorRecord | undefined> {
      for (const each of commits) await store.commit(each)
      return commits.at(-1)?.after
    }

    /** Commits this many steps of a new actor, one after the other. */
    async function live(record: ActorRecord, steps: number): Promise<ActorRecord> {
      let current = record
      for (let at = 0; at < steps; at += 1) {
        const next = step(current)
        await store.commit(next)
        current = next.after
      }
      return current
    }

    describe('what was committed', () => {
      test('is read back byte for byte, also by who opens the store again', async () => {
        const context = {
          z: 1,
          a: [{ b: null }],
          '10': 'ten',
          ü: '"\\\n',
          __proto__2: {},
          big: 'x'.repeat(5000),
        }
        const record = await commit([
          step(newborn('a', context), {
            supervision: { ...noChildren, restarts: [3, 2, 1] },
            invocations: { model: 'a/b1/1/0' },
            sent: PersistentMap.empty<number>().set('b', 7),
            poison: { id: 'm', count: 2, event: 'GO' },
          }),
        ])
        for (const open of [() => store, () => subject.reopen()]) {
          const from = await open()
          const stored = await from.read('a')
          expect(JSON.stringify(stored?.record)).toBe(JSON.stringify(record))
          expect(stored?.epoch).toBe(1)
        }
      })

      test('is the last of many commits that were asked for at once', async () => {
        const commits: Commit[] = []
        for (let at = 0, last = newborn('a', { n: 0 }); at < 100; at += 1) {
          const next = assign(last, { n: at })
          commits.push(next)
          last = next.after
        }
        await Promise.all(commits.map((each) => store.commit(each)))
        expect((await store.read('a'))?.record.snapshot.context).toEqual({ n: 99 })
        expect(await all(store.journal('a'))).toHaveLength(100)
      })

      test('loses the fields that the step took away, and those that are undefined', async () => {
        const first = step(newborn('a', { gone: 1, kept: 2 }), { poison: { id: 'm', count: 1, event: 'GO' } })
        const { poison: _, ...sound } = first.after
        const context = { kept: 2, later: undefined }
        await commit([first, step(sound, { snapshot: { ...sound.snapshot, context }, crashes: 1 })])
        const stored = await (await subject.reopen()).read('a')
        expect(stored?.record).not.toHaveProperty('poison')
        expect(stored?.record.crashes).toBe(1)
        expect(Object.entries(stored?.record.snapshot.context ?? {})).toEqual([['kept', 2]])
      })

      test('has all the steps of a life of random changes, whatever the store is opened again between', async () => {
        const value = fc.oneof(fc.jsonValue(), fc.constant(undefined), fc.constant(PersistentMap.empty()))
        const entries = fc.array(fc.tuple(fc.nat({ max: 40 }).map(String), fc.nat()), { maxLength: 30 })
        const change = fc.oneof(
          fc.record({ name: fc.constantFrom('a', 'b', '__proto__', 'a!b', ''), value }),
          fc.record({ name: fc.constantFrom('a', 'map'), entries }),
          fc.constant('reopen' as const),
        )
        let lives = 0
        await fc.assert(
          fc.asyncProperty(fc.array(change, { maxLength: 20 }), async (changes) => {
            const address = `life-${++lives}`
            let record = newborn(address)
            for (const each of [...changes, 'reopen' as const]) {
              if (each === 'reopen') store = await subject.reopen()
              else {
                const next = assign(record, Object.fromEntries([[each.name, changed(record, each)]]))
                await store.commit(next)
                record = next.after
              }
              if (record.sequence === 0) continue
              const stored = await store.read(address)
              expect(JSON.stringify(stored?.record)).toBe(JSON.stringify(record))
              expect(mapsIn(stored?.record)).toEqual(mapsIn(record))
            }
          }),
          { numRuns: 25 },
        )
      })

      test('says what cannot be stored, and goes on', async () => {
        const record = await live(newborn('a'), 1)
        await expect(store.commit(assign(record, { n: 1n }))).rejects.toThrow(/context!n.*BigInt/)
        const loop: unknown[] = []
        loop.push(loop)
        await expect(store.commit(assign(record, { loop }))).rejects.toThrow(/context!loop.*circular/i)
        await store.commit(assign(record, { n: 1 }))
        expect((await store.read('a'))?.record.sequence).toBe(2)
      })

      test('has no persistent map where it would come back as something else', async () => {
        const map = PersistentMap.empty<unknown>().set('a', 1)
        for (const nested of [{ board: { map } }, { list: [[map]] }, { map: map.set('b', { map }) }]) {
          await expect(store.commit(step(newborn('a', nested)))).rejects.toThrow(/context!.*persistent maps/)
        }
        expect(await store.read('a')).toBeUndefined()
        await store.commit(step(newborn('a', { map })))
      })

      test('of many is what it is of each', async () => {
        const names = ['a', 'a.b', 'a.b.c', 'a.d', 'b', 'a.x!y']
        for (const name of names) await store.commit(step(newborn(name, { name })))
        const asked = ['a.x!y', 'nobody', 'a', 'a.d']
        for (const open of [async () => store, () => subject.reopen()]) {
          store = await open()
          const found = await store.readMany(asked)
          expect([...found.keys()].sort()).toEqual(['a', 'a.d', 'a.x!y'])
          for (const [name, stored] of found) expect(stored).toEqual(await store.read(name))
        }
        expect(await store.readMany([])).toEqual(new Map())
      })

      test('is nothing for who never was', async () => {
        expect(await store.read('a')).toBeUndefined()
        expect(await all(store.actors())).toEqual([])
        expect(await all(store.journal('a'))).toEqual([])
      })
    })

    describe('persistent maps', () => {
      const numbers = (count: number) =>
        PersistentMap.fromEntries(Array.from({ length: count }, (_, at) => [`task-${at}`, { at }]))

      test.each([0, 1, 8, 9, 500])('of %i entries come back as such', async (count) => {
        await commit([step(newborn('a', { tasks: numbers(count) }))])
        for (const open of [() => store, () => subject.reopen()]) {
          const from = await open()
          const tasks = (await from.read('a'))?.record.snapshot.context.tasks as PersistentMap<unknown>
          expect(tasks).toBeInstanceOf(PersistentMap)
          expect([...tasks.entries()]).toEqual([...numbers(count).entries()])
        }
      })

      test.each([
        ['grow', 8, 9],
        ['shrink', 9, 8],
        ['empty', 200, 0],
        ['fill', 0, 200],
      ])('%s', async (_, before, after) => {
        const first = step(newborn('a', { tasks: numbers(before) }))
        await commit([first, assign(first.after, { tasks: numbers(after) })])
        const stored = await (await subject.reopen()).read('a')
        expect(stored?.record.snapshot.context.tasks).toEqual(numbers(after))
      })

      test('give way to other values and come again', async () => {
        const first = step(newborn('a', { tasks: numbers(100) }))
        const second = assign(first.after, { tasks: ['none'] })
        await commit([first, second])
        expect((await store.read('a'))?.record.snapshot.context).toEqual({ tasks: ['none'] })
        await commit([assign(second.after, { tasks: numbers(20) })])
        expect((await store.read('a'))?.record.snapshot.context).toEqual({ tasks: numbers(20) })
      })
    })

    describe('persistent maps in what an actor knows of its children', () => {
      const children = (count: number) =>
        PersistentMap.fromEntries(
          Array.from({ length: count }, (_, at) => [`task:${at}`, { id: `task:${at}`, at }]),
        )
      const supervision = (count: number, restarts: readonly number[] = []) =>
        ({ children: children(count), restarts }) as object as ActorRecord['supervision']

      test.each([0, 8, 9, 500])(
        'of %i entries come back as such, and the rest beside them',
        async (count) => {
          const record = await commit([step(newborn('a'), { supervision: supervision(count, [2, 1]) })])
          for (const open of [() => store, () => subject.reopen()]) {
            const stored = await (await open()).read('a')
            expect(stored?.record.supervision).toEqual(supervision(count, [2, 1]))
            expect(stored?.record.supervision.children).toBeInstanceOf(PersistentMap)
            expect(JSON.stringify(stored?.record)).toBe(JSON.stringify(record))
          }
        },
      )

      test('grow, shrink and come and go with the fields beside them', async () => {
        let last = step(newborn('a'), { supervision: supervision(8) })
        await commit([last])
        const lives = [supervision(9), supervision(500, [1]), { ...supervision(3), more: 1 }, supervision(0)]
        for (const next of [...lives, newborn('a').supervision, supervision(20)]) {
          last = step(last.after, { supervision: next })
          await commit([last])
          const stored = await (await subject.reopen()).read('a')
          expect(JSON.stringify(stored?.record)).toBe(JSON.stringify(last.after))
          store = await subject.reopen()
        }
      })
    })

    describe('alarms and outbox', () => {
      const alarm = (id: string, deadline: number) =>
        ({ id, event: { type: id }, deadline, delay: 10, policy: 'deadline' }) as const
      const effect = (number: number) =>
        ({ kind: 'mail', to: 'b', number, event: { type: 'HI', text: 'ü\n' } }) as const
      const entry = (sequence: number, index: number, suffix = '') => ({
        key: `a/b1/${sequence}/${index}${suffix}`,
        effect: effect(index),
      })

      test('alarms are set, set anew and cancelled', async () => {
        const first = step(
          newborn('a'),
          {},
          { alarms: { set: [alarm('x', 1), alarm('y!', 2)], cancelled: [] } },
        )
        const second = step(
          first.after,
          {},
          { alarms: { set: [alarm('x', 3)], cancelled: ['x', 'y!', 'z'] } },
        )
        await commit([first])
        expect((await store.read('a'))?.alarms).toEqual([alarm('x', 1), alarm('y!', 2)])
        await commit([second])
        expect((await (await subject.reopen()).read('a'))?.alarms).toEqual([alarm('x', 3)])
      })

      test('an alarm that is cancelled and set anew at once is set', async () => {
        const first = step(newborn('a'), {}, { alarms: { set: [alarm('x', 1)], cancelled: [] } })
        const second = step(first.after, {}, { alarms: { set: [], cancelled: ['x'] } })
        const third = step(second.after, {}, { alarms: { set: [alarm('x', 2)], cancelled: [] } })
        await Promise.all([first, second, third].map((each) => store.commit(each)))
        expect((await store.read('a'))?.alarms).toEqual([alarm('x', 2)])
        await commit([step(third.after, {}, { alarms: { set: [], cancelled: ['x'] } })])
        expect((await store.read('a'))?.alarms).toEqual([])
      })

      test('effects wait in the order in which they were decided', async () => {
        const first = await live(newborn('a'), 8)
        const ninth = step(
          first,
          {},
          { outbox: { add: [entry(9, 2), entry(9, 10), entry(9, 1)], remove: [] } },
        )
        const tenth = step(
          ninth.after,
          {},
          { outbox: { add: [entry(10, 0), entry(10, 0, '!1')], remove: [] } },
        )
        await commit([ninth, tenth])
        const keys = ['9/1', '9/2', '9/10', '10/0', '10/0!1'].map((end) => `a/b1/${end}`)
        for (const open of [() => store, () => subject.reopen()]) {
          const from = await open()
          const outbox = (await from.read('a'))?.outbox ?? []
          expect(outbox.map(({ key }) => key)).toEqual(keys)
          expect(outbox[2]?.effect).toEqual(effect(10))
        }
      })

      test('effects go when a commit removes them or they are settled', async () => {
        const first = step(
          newborn('a'),
          {},
          { outbox: { add: [entry(1, 0), entry(1, 1), entry(1, 2)], remove: [] } },
        )
        await commit([first, step(first.after, {}, { outbox: { add: [], remove: ['a/b1/1/1'] } })])
        await store.settle('a', ['a/b1/1/0', 'a/b1/7/7'])
        expect((await store.read('a'))?.outbox).toEqual([entry(1, 2)])
      })

      test('effects are there whatever way the actor is read: by who decided them and by who opens the store later', async () => {
        const first = step(newborn('a'), {}, { outbox: { add: [entry(1, 0), entry(1, 1)], remove: [] } })
        await commit([first])
        expect((await store.read('a'))?.outbox).toEqual([entry(1, 0), entry(1, 1)])
        await store.settle('a', ['a/b1/1/0'])
        store = await subject.reopen()
        const more = { outbox: { add: [entry(2, 0)], remove: ['a/b1/1/1'] } }
        const second = step(first.after, {}, more)
        await commit([second])
        expect((await store.read('a'))?.outbox).toEqual([entry(2, 0)])
        await Promise.all([
          store.remove('a'),
          store.commit(step(newborn('a'), {}, { outbox: { add: [entry(1, 7)], remove: [] } })),
        ])
        expect((await store.read('a'))?.outbox).toEqual([entry(1, 7)])
        const large = PersistentMap.fromEntries(Array.from({ length: 50 }, (_, at) => [`k${at}`, at]))
        await commit([assign({ ...newborn('a'), sequence: 1 }, { large })])
        expect((await store.read('a'))?.outbox).toEqual([entry(1, 7)])
        expect((await store.read('a'))?.record.snapshot.context.large).toEqual(large)
      })

      test('effects of an earlier life come before those of this one', async () => {
        const first = await live(newborn('a'), 4)
        const last = step(first, {}, { outbox: { add: [entry(5, 0)], remove: [] } })
        const reborn = { ...newborn('a'), birth: 'b0' }
        const start = step(
          reborn,
          {},
          { outbox: { add: [{ key: 'a/b0/1/0', effect: effect(0) }], remove: [] } },
        )
        await commit([last, start])
        const outbox = (await store.read('a'))?.outbox ?? []
        expect(outbox.map(({ key }) => key)).toEqual(['a/b1/5/0', 'a/b0/1/0'])
      })
    })

    describe('the journal', () => {
      test('has every message in order, more than nine and more than a thousand', async () => {
        const record = newborn('a')
        const commits: Commit[] = []
        for (let at = 0, last = record; at < 1200; at += 1) {
          const next = step(last)
          commits.push(next)
          last = next.after
        }
        await Promise.all(commits.map((each) => store.commit(each)))
        const expected = Array.from({ length: 1200 }, (_, at) => ({
          sequence: at + 1,
          at: 1001 + at,
          message: mail(at + 1),
        }))
        expect(await all(store.journal('a'))).toEqual(expected)
        expect(await all((await subject.reopen()).journal('a'))).toEqual(expected)
      })

      test('stays as it is when only bookkeeping is committed', async () => {
        const record = await live(newborn('a'), 2)
        const { entry: _, ...crash } = step(record, { sequence: 2, crashes: 1, exit: { reason: 'crash' } })
        await store.commit(crash)
        expect(await all(store.journal('a'))).toHaveLength(2)
        expect((await store.read('a'))?.record).toMatchObject({ sequence: 2, crashes: 1 })
      })

      test('begins anew with a new life, and so do alarms; what is in the outbox was decided and stays', async () => {
        const alarms = {
          set: [{ id: 'x', event: { type: 'X' }, deadline: 1, delay: 1, policy: 'deadline' }],
          cancelled: [],
        }
        const outbox = { add: [{ key: 'a/b1/3/0', effect: { kind: 'children', orders: [] } }], remove: [] }
        const old = step(await live(newborn('a', { old: 1 }), 2), {}, { alarms, outbox } as Partial<Commit>)
        const start = step({ ...newborn('a', { fresh: 1 }), birth: 'b2', incarnation: 2 })
        const onward = step(start.after)
        // Asked for at once: the new life must not overtake the end of the old one.
        await Promise.all([old, start, onward].map((each) => store.commit(each)))
        const stored = await (await subject.reopen()).read('a')
        expect(stored?.record).toEqual(onward.after)
        expect(stored?.alarms).toEqual([])
        expect(stored?.outbox.map(({ key }) => key)).toEqual(['a/b1/3/0'])
      })

      test('begins anew also when the commit names the record of the old life', async () => {
        const old = await live(newborn('a', { old: 1 }), 3)
        const start = { ...step({ ...newborn('a', { fresh: 1 }), birth: 'b2' }), before: old }
        await store.commit(start)
        expect((await store.read('a'))?.record).toEqual(start.after)
        expect(await all(store.journal('a'))).toEqual([start.entry])
      })

      test('is cut at checkpoints, and what is left goes on from its base', async () => {
        let last = newborn('a', { n: 0, tasks: PersistentMap.fromEntries([['x', 1]]) })
        const records: ActorRecord[] = []
        const grow = async (to: number): Promise<void> => {
          const waiting: Promise<void>[] = []
          while (last.sequence < to) {
            const next = assign(last, { n: last.sequence })
            waiting.push(store.commit(next))
            last = next.after
            records[last.sequence] = last
          }
          await Promise.all(waiting)
        }
        const kept = async () => (await all(store.journal('a'))).map(({ sequence }) => sequence)
        await grow(2 * 2048 - 1)
        expect(await store.base('a')).toEqual(records[2048])
        expect((await kept()).length).toBe(2 * 2048 - 1)
        await grow(3 * 2048 + 5)
        expect(await store.base('a')).toEqual(records[2 * 2048])
        store = await subject.reopen()
        const left = await kept()
        expect([left[0], left.length, left.at(-1)]).toEqual([2 * 2048 + 1, 2048 + 5, 3 * 2048 + 5])
        await store.remove('a')
        expect(await store.base('a')).toBeUndefined()
      })

      test('begins anew with the record of a commit that says so, in the same life', async () => {
        const record = await live(newborn('a', { n: 1 }), 3)
        expect(await store.base('a')).toBeUndefined()
        const { entry: _, ...whole } = step(record, { sequence: 3, version: 2 })
        await store.commit({ ...whole, rebase: true })
        expect(await all(store.journal('a'))).toEqual([])
        const next = step(whole.after)
        await store.commit(next)
        store = await subject.reopen()
        expect(JSON.stringify(await store.base('a'))).toBe(JSON.stringify(whole.after))
        expect(await all(store.journal('a'))).toEqual([next.entry])
        await store.commit(step({ ...newborn('a'), birth: 'b2' }))
        expect(await store.base('a')).toBeUndefined()
      })

      test('refuses a step that would leave a hole, come twice, or go on from something else', async () => {
        const record = await live(newborn('a'), 2)
        const before = await everything(store)
        await expect(store.commit(step({ ...record, sequence: 3 }))).rejects.toThrow('#3')
        await expect(store.commit(step({ ...record, sequence: 1 }))).rejects.toThrow('#1')
        await expect(store.commit({ ...step(record), after: { ...record, sequence: 4 } })).rejects.toThrow(
          'journal',
        )
        expect(await everything(store)).toBe(before)
        await store.commit(step(record))
      })
    })

    describe('the fence', () => {
      test('refuses an older epoch, before and after opening again, and writes nothing', async () => {
        const record = await live(newborn('a'), 1)
        const next = step(record, {}, { epoch: 5 })
        await store.commit(next)
        const before = await everything(store)
        const late = step(next.after, {}, { epoch: 4 })
        await expect(store.commit(late)).rejects.toMatchObject({ name: 'FencedError', code: 'fenced' })
        expect(await everything(store)).toBe(before)
        store = await subject.reopen()
        await expect(store.commit(late)).rejects.toThrow('epoch 5')
        await store.commit(step(next.after, {}, { epoch: 5 }))
        expect((await store.read('a'))?.epoch).toBe(5)
      })

      test('holds also against a commit that still waits to be written', async () => {
        const record = await live(newborn('a'), 1)
        const next = step(record, {}, { epoch: 2 })
        const results = await Promise.allSettled([store.commit(next), store.commit(step(next.after))])
        expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
      })

      test('refuses whoever goes on from what was removed', async () => {
        const record = await live(newborn('a'), 1)
        const removed = store.remove('a')
        await expect(store.commit(step(record))).rejects.toMatchObject({ name: 'FencedError' })
        await removed
        await expect(store.commit(step(record))).rejects.toMatchObject({ name: 'FencedError' })
        expect(await store.read('a')).toBeUndefined()
      })
    })

    describe('removing', () => {
      test('leaves nothing of that actor and all of the others, and it can begin again', async () => {
        await live(
          newborn('a', { map: PersistentMap.fromEntries([...Array(50).keys()].map((n) => [`${n}`, n])) }),
          3,
        )
        await live(newborn('a.b'), 1)
        await live(newborn('a!'), 1)
        await store.saveEffectResult('a/b1/1/0', { kind: 'done', output: 42 })
        await store.remove('a')
        expect((await all(store.actors())).map(({ record }) => record.address)).toEqual(['a!', 'a.b'])
        expect(await all(store.journal('a'))).toEqual([])
        expect(await store.effectResult('a/b1/1/0')).toEqual({ kind: 'done', output: 42 })
        await live(newborn('a'), 2)
        expect(await all((await subject.reopen()).journal('a'))).toHaveLength(2)
      })

      test('takes along what was asked for before it, and nothing of what comes after', async () => {
        const first = step(newborn('a', { old: 1 }))
        const again = step(newborn('a', { fresh: 1 }))
        await Promise.all([store.commit(first), store.remove('a'), store.commit(again)])
        expect((await store.read('a'))?.record).toEqual(again.after)
        await store.remove('never was')
      })
    })

    test('actors come in address order with all they left behind', async () => {
      const addresses = ['system', 'system.a', 'system.a.b', 'system.a:1', 'system.ab', 'systemic', 'z']
      const commits = addresses.toReversed().map((address) =>
        step(
          newborn(address, { address }),
          {},
          {
            outbox: {
              add: [{ key: `${address}/b1/1/0`, effect: { kind: 'children', orders: [] } }],
              remove: [],
            },
          },
        ),
      )
      await Promise.all(commits.map((each) => store.commit(each)))
      for (const open of [() => store, () => subject.reopen()]) {
        const from = await open()
        const actors = await all(from.actors())
        expect(actors.map(({ record }) => record.address)).toEqual(addresses)
        expect(actors).toEqual(await Promise.all(addresses.map((address) => from.read(address))))
      }
    })

    test('addresses are names like any other, whatever is in them', async () => {
      const addresses = [
        '!',
        'a!record!state',
        '%0021',
        'a b',
        'ü',
        '\ud800',
        '\ud801',
        '🌲',
        '__proto__',
        'x\ny',
      ]
      for (const address of addresses) await live(newborn(address, { address }), 2)
      store = await subject.reopen()
      for (const address of addresses) {
        expect((await store.read(address))?.record.snapshot.context).toEqual({ address })
        expect(await all(store.journal(address))).toHaveLength(2)
      }
      expect(await all(store.actors())).toHaveLength(addresses.length)
    })

    test('keeps outcomes under their keys', async () => {
      const done = { kind: 'done', output: { text: 'ü', usage: [1, 2] } } as const
      const failed = { kind: 'failed', error: { message: 'no', code: 'overloaded' } } as const
      await Promise.all([
        store.saveEffectResult('a/b1/1/0', done),
        store.saveEffectResult('a/b1/10/0', failed),
      ])
      store = await subject.reopen()
      expect(await store.effectResult('a/b1/1/0')).toEqual(done)
      expect(await store.effectResult('a/b1/10/0')).toEqual(failed)
      expect(await store.effectResult('a/b1/1')).toBeUndefined()
      expect((await all(store.effectResultKeys())).toSorted()).toEqual(['a/b1/1/0', 'a/b1/10/0'])
    })

    describe('replies of models', () => {
      const recording = { at: 1, answer: { text: 'yes' } }
      const parts = new Map([
        ['d1', '{"system":"be\\nkind"}'],
        ['d2', 'two'],
      ])

      test('are kept with what was asked, also for who opens the store again', async () => {
        await store.replies().put('worker.1#2', recording, parts)
        store = await subject.reopen()
        const replies = store.replies()
        expect(await replies.get('worker.1#2')).toEqual(recording)
        expect(await replies.part('d1')).toBe(parts.get('d1'))
        expect(await replies.get('worker.1#3')).toBeUndefined()
        expect(await replies.part('d3')).toBeUndefined()
      })

      test('the last of a key counts; each key comes once', async () => {
        const replies = store.replies()
        await replies.put('a!1', { at: 1 }, parts)
        await replies.put('b', { at: 2 }, new Map())
        await replies.put('a!1', { at: 3 }, parts)
        expect(await replies.get('a!1')).toEqual({ at: 3 })
        expect((await all(replies.keys())).toSorted()).toEqual(['a!1', 'b'])
      })
    })

    describe('conversations', () => {
      const said = (text: string): Turn => ({ role: 'user', blocks: [{ type: 'text', text }] })
      const replied: Turn = {
        role: 'assistant',
        blocks: [
          { type: 'opaque', provider: 'a', value: { signature: 'x' } },
          { type: 'tool_call', id: 'c1', name: 'read', input: { path: 'a.ts' } },
        ],
      }

      test('are read back from their beginning, also by who opens the store again', async () => {
        const first = await store.transcripts(turnSchema).appendTurn(null, said('one'))
        const head = await store.transcripts(turnSchema).appendTurn(first, replied)
        store = await subject.reopen()
        expect(await store.transcripts(turnSchema).turns(head)).toEqual([said('one'), replied])
        expect(await store.transcripts(turnSchema).turn(head)).toEqual({ previous: first, turn: replied })
      })

      test('are named by their content: saying it twice is saying it once, and ways that part stay apart', async () => {
        const first = await store.transcripts(turnSchema).appendTurn(null, said('one'))
        expect(await store.transcripts(turnSchema).appendTurn(null, said('one'))).toBe(first)
        const [left, right] = [
          await store.transcripts(turnSchema).appendTurn(first, said('left')),
          await store.transcripts(turnSchema).appendTurn(first, said('right')),
        ]
        expect(await store.transcripts(turnSchema).turns(left)).toEqual([said('one'), said('left')])
        expect(await store.transcripts(turnSchema).turns(right)).toEqual([said('one'), said('right')])
      })

      test('that are not there are told by name, and nothing is put on them', async () => {
        await expect(store.transcripts(turnSchema).turns('nowhere')).rejects.toThrow(/turn!nowhere.*missing/)
        await expect(store.transcripts(turnSchema).appendTurn('nowhere', said('x'))).rejects.toThrow(
          /turn!nowhere.*missing/,
        )
      })

      test('what an effect found is what it found the first time', async () => {
        expect(await store.transcripts(turnSchema).begin('a/b1/3/0', 'tree-1')).toBeUndefined()
        expect(await store.transcripts(turnSchema).begin('a/b1/3/0', 'tree-2')).toBe('tree-1')
        store = await subject.reopen()
        expect(await store.transcripts(turnSchema).begin('a/b1/3/0', 'tree-3')).toBe('tree-1')
        expect(await store.transcripts(turnSchema).begin('a/b1/4/0', 'tree-3')).toBeUndefined()
      })
    })

    describe('dead letters', () => {
      const letter = (at: number) =>
        ({ at, to: 'a', reason: 'poison', message: { at }, error: { message: 'boom' } }) as const

      test('come in the order in which they were added, each under its number', async () => {
        const first = Array.from({ length: 12 }, (_, at) => letter(100 - at))
        const ids = await Promise.all(first.map((each) => store.addDeadLetter(each)))
        expect(ids).toEqual(first.map((_, at) => at + 1))
        store = await subject.reopen()
        expect(await store.addDeadLetter(letter(0))).toBe(13)
        const stored = [...first, letter(0)].map((each, at) => ({ id: at + 1, ...each }))
        expect(await all(store.deadLetters())).toEqual(stored)
        expect(await store.deadLetter(3)).toEqual(stored[2])
        expect(await store.deadLetter(14)).toBeUndefined()
      })

      test('keep how their replay stands', async () => {
        const id = await store.addDeadLetter(letter(1))
        const asked = { state: 'asked', at: 5, attempt: 1 } as const
        const sent = { ...asked, state: 'sent', at: 6 } as const
        await store.noteReplay(id, asked)
        expect(await (await subject.reopen()).deadLetter(id)).toEqual({ id, ...letter(1), replay: asked })
        store = await subject.reopen()
        await store.noteReplay(id, sent)
        expect(await all(store.deadLetters())).toEqual([{ id, ...letter(1), replay: sent }])
      })

      test('are dropped for good: no number comes again, no replay brings one back', async () => {
        const [first, second] = [await store.addDeadLetter(letter(1)), await store.addDeadLetter(letter(2))]
        const note = { state: 'sent', at: 5, attempt: 1 } as const
        await Promise.all([store.dropLetter(second), store.noteReplay(second, note), store.dropLetter(99)])
        store = await subject.reopen()
        expect((await all(store.deadLetters())).map(({ id }) => id)).toEqual([first])
        expect(await store.addDeadLetter(letter(3))).toBe(second + 1)
      })
    })

    test('metadata is read as it was written; the format cannot be written', async () => {
      expect(await store.readMeta('run')).toBeUndefined()
      await store.writeMeta('run', { id: 'r1' })
      await store.writeMeta('other', 1)
      await store.writeMeta('other', undefined)
      store = await subject.reopen()
      expect(await store.readMeta('run')).toEqual({ id: 'r1' })
      expect(await store.readMeta('other')).toBeUndefined()
      expect(await store.readMeta('format')).toEqual(expect.any(Number))
      await expect(store.writeMeta('format', 2)).rejects.toThrow("metadata 'format'")
    })

    describe('a value that JSON has no text for', () => {
      const loop: { self?: unknown } = {}
      loop.self = loop
      const odd: [string, unknown, RegExp][] = [
        ['a BigInt', { n: 1n }, /BigInt/],
        ['a value that contains itself', loop, /circular/i],
        [
          'a value that throws',
          {
            toJSON: () => {
              throw new Error('not now')
            },
          },
          /not now/,
        ],
      ]
      const doors: [string, (value: unknown) => Promise<unknown>][] = [
        ['a commit', (value) => store.commit(step(newborn('odd', { value })))],
        ['an outcome', (value) => store.saveEffectResult('odd', { kind: 'done', output: value } as never)],
        [
          'a dead letter',
          (value) => store.addDeadLetter({ at: 1, to: 'a', reason: 'refused', message: value }),
        ],
        ['metadata', (value) => store.writeMeta('odd', value)],
        ['a recording', (value) => store.replies().put('odd', value, new Map())],
        ['a turn', (value) => store.transcripts(z.unknown()).appendTurn(null, value)],
      ]
      const cases = doors.flatMap(([door, put]) =>
        odd.map(([what, value, why]) => ({ door, put, what, value, why })),
      )

      test.each(cases)(
        '$what in $door is told as a fault of the writer, and nothing is written',
        async (each) => {
          await live(newborn('a'), 1)
          const before = await everything(store)
          const refused = each.put(each.value)
          await expect(refused).rejects.toThrow(TypeError)
          await expect(refused).rejects.toThrow(/'.+' cannot be stored: /)
          await expect(refused).rejects.toThrow(each.why)
          expect(await everything(store)).toBe(before)
          // It goes on, and no number of a dead letter is lost.
          expect(await store.addDeadLetter({ at: 1, to: 'a', reason: 'refused', message: 1 })).toBe(1)
        },
      )

      test.each([
        ['undefined', undefined],
        ['a function', () => 1],
        ['a symbol', Symbol('x')],
      ])('as a recording, %s is refused; within an object it is left out', async (_, value) => {
        await expect(store.replies().put('odd', value, new Map())).rejects.toThrow(/not a JSON value/)
        await store.replies().put('odd', { value, kept: 1 }, new Map())
        expect(await store.replies().get('odd')).toEqual({ kept: 1 })
        await store.saveEffectResult('odd', { kind: 'done', output: value } as never)
        expect(await store.effectResult('odd')).toEqual({ kind: 'done' })
      })

      test.each([
        ['NaN', Number.NaN, null],
        ['infinity', Number.POSITIVE_INFINITY, null],
        ['minus zero', -0, 0],
        ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
        ['a map', new Map([['a', 1]]), {}],
        ['bytes', new Uint8Array([1, 2]), { 0: 1, 1: 2 }],
        ['a lone surrogate', '\ud800', '\ud800'],
        ['a line break', '\r\n\u2028', '\r\n\u2028'],
      ])(
        '%s is what JSON makes of it, the same before and after opening again',
        async (_, value, expected) => {
          await store.saveEffectResult('odd', { kind: 'done', output: value })
          await store.writeMeta('odd', { value })
          await store.commit(step(newborn('odd', { value })))
          for (const open of [async () => store, () => subject.reopen()]) {
            store = await open()
            expect(await store.effectResult('odd')).toEqual({ kind: 'done', output: expected })
            expect(await store.readMeta('odd')).toEqual({ value: expected })
            expect((await store.read('odd'))?.record.snapshot.context).toEqual({ value: expected })
          }
        },
      )
    })

    describe('names that mean something to JavaScript', () => {
      const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', '0', '']

      test('are keys like others of outcomes, metadata, recordings, alarms and findings', async () => {
        for (const name of names) {
          await store.saveEffectResult(name, { kind: 'done', output: name })
          await store.writeMeta(`x${name}`, name)
          await store.replies().put(name, name, new Map([[name, name]]))
          expect(await store.transcripts(z.unknown()).begin(name, name)).toBeUndefined()
        }
        const set = names.map((id) => ({
          id,
          event: { type: id },
          deadline: 1,
          delay: 1,
          policy: 'deadline' as const,
        }))
        await store.commit(step(newborn('a'), {}, { alarms: { set, cancelled: [] } }))
        store = await subject.reopen()
        for (const name of names) {
          expect(await store.effectResult(name)).toEqual({ kind: 'done', output: name })
          expect(await store.readMeta(`x${name}`)).toBe(name)
          expect(await store.replies().get(name)).toBe(name)
          expect(await store.replies().part(name)).toBe(name)
          expect(await store.transcripts(z.unknown()).begin(name, 'later')).toBe(name)
        }
        expect((await all(store.effectResultKeys())).toSorted()).toEqual(names.toSorted())
        expect((await store.read('a'))?.alarms.map(({ id }) => id).toSorted()).toEqual(names.toSorted())
      })

      test('are fields of a context and keys of a persistent map, in their order', async () => {
        const tasks = PersistentMap.fromEntries(names.map((name) => [name, { name }]))
        const context = Object.fromEntries([
          ...names.map((name) => [name, [name]] as const),
          ['tasks', tasks],
        ])
        const record = await commit([step(newborn('a', context))])
        const stored = await (await subject.reopen()).read('a')
        expect(JSON.stringify(stored?.record)).toBe(JSON.stringify(record))
        expect(Object.keys(stored?.record.snapshot.context ?? {})).toEqual(Object.keys(context))
        const kept = stored?.record.snapshot.context.tasks as PersistentMap<unknown>
        for (const name of names) expect(kept.get(name)).toEqual({ name })
        expect(Object.hasOwn(Object.prototype, 'name')).toBe(false)
      })
    })

    describe('two who ask at once', () => {
      test('whether an effect had begun get one answer: the first finding', async () => {
        const transcripts = store.transcripts(z.unknown())
        const found = ['one', 'two', 'three'].map((finding) => transcripts.begin('k', finding))
        expect(await Promise.all(found)).toEqual([undefined, 'one', 'one'])
        store = await subject.reopen()
        expect(await store.transcripts(z.unknown()).begin('k', 'four')).toBe('one')
      })

      test('to store outcomes, recordings and metadata under one key leave the last', async () => {
        await Promise.all([1, 2, 3].map((output) => store.saveEffectResult('k', { kind: 'done', output })))
        await Promise.all([1, 2, 3].map((value) => store.writeMeta('k', value)))
        await Promise.all([1, 2, 3].map((value) => store.replies().put('k', value, new Map([['d', 'same']]))))
        for (const open of [async () => store, () => subject.reopen()]) {
          store = await open()
          expect(await store.effectResult('k')).toEqual({ kind: 'done', output: 3 })
          expect(await store.readMeta('k')).toBe(3)
          expect(await store.replies().get('k')).toBe(3)
          expect(await store.replies().part('d')).toBe('same')
        }
      })

      test('to continue a conversation get two, with one beginning', async () => {
        const transcripts = store.transcripts(z.string())
        const first = await transcripts.appendTurn(null, 'first')
        const heads = await Promise.all(['a', 'b', 'a'].map((turn) => transcripts.appendTurn(first, turn)))
        expect(new Set(heads).size).toBe(2)
        const turns = await Promise.all(heads.map((head) => transcripts.turns(head)))
        expect(turns).toEqual(['a', 'b', 'a'].map((turn) => ['first', turn]))
      })
    })

    describe('a conversation', () => {
      test('of another shape than its reader expects is told as unreadable, with its row', async () => {
        const head = await store.transcripts(z.unknown()).appendTurn(null, { role: 7 })
        const reader = store.transcripts(z.object({ role: z.string() }))
        for (const read of [reader.turn(head), reader.turns(head), reader.appendTurn(head, { role: 'x' })])
          await expect(read).rejects.toMatchObject({
            code: 'unreadable',
            message: expect.stringMatching(new RegExp(`'turn!${head}': turn.role .*expected string`)),
          })
      })

      test('of a thousand turns is read from its beginning', async () => {
        const transcripts = store.transcripts(z.number())
        let head: string | null = null
        for (let turn = 0; turn < 1_000; turn += 1) head = await transcripts.appendTurn(head, turn)
        expect(await transcripts.turns(head ?? '')).toEqual(Array.from({ length: 1_000 }, (_, turn) => turn))
      })
    })

    describe('a read that is under way', () => {
      const many = Array.from({ length: 1_500 }, (_, at) => `k${String(at).padStart(4, '0')}`)
      beforeEach(() =>
        Promise.all(many.map((key) => store.saveEffectResult(key, { kind: 'done', output: 1 }))),
      )

      test('sees the moment at which it began, whatever is written meanwhile', async () => {
        const seen: string[] = []
        for await (const [key] of store.snapshot()) {
          if (seen.push(key) === 1) await store.saveEffectResult('later', { kind: 'done', output: 2 })
        }
        expect(seen.filter((key) => key.includes('later'))).toEqual([])
        expect(await store.effectResult('later')).toBeDefined()
      })

      test('may be given up, and the store can be closed and opened', async () => {
        for await (const key of store.effectResultKeys()) if (key === many[3]) break
        for await (const _ of store.backup()) break
        store = await subject.reopen()
        expect(await all(store.effectResultKeys())).toHaveLength(many.length)
      })

      test('is ended by closing the store, with that reason', async () => {
        const keys = store.effectResultKeys()[Symbol.asyncIterator]()
        await keys.next()
        const old = store
        store = await subject.reopen()
        await expect(
          (async () => {
            for (;;) if ((await keys.next()).done) return
          })(),
        ).rejects.toMatchObject({ code: 'closed' })
        await expect(all(old.effectResultKeys())).rejects.toMatchObject({ code: 'closed' })
      })
    })

    describe('the rows for a backup', () => {
      test('have the given metadata in the place of the stored, and all other rows once', async () => {
        await store.writeMeta('mail', ['old'])
        await store.writeMeta('run', 'r1')
        store = await subject.reopen()
        const plain = new Map(await all(store.snapshot()))
        const rows = await all(store.backup({ mail: ['new'], added: 1 }))
        expect(new Set(rows.map(([key]) => key)).size).toBe(rows.length)
        expect(rows.map(([key]) => key).toSorted()).toEqual([...plain.keys(), 'fact!added'].toSorted())
        // The store itself is unchanged.
        expect(await store.readMeta('mail')).toEqual(['old'])
        expect(await store.readMeta('added')).toBeUndefined()
      })

      test('cannot have metadata that JSON has no text for', () => {
        expect(() => store.backup({ odd: 1n })).toThrow(/fact!odd.*BigInt/)
      })
    })

    test('after it is closed every call says so, and closing again does nothing', async () => {
      const old = store
      store = await subject.reopen()
      await old.close().catch(() => {})
      const sent = { state: 'sent', at: 1, attempt: 1 } as const
      const calls: (() => unknown)[] = [
        () => old.read('a'),
        () => old.readMany(['a']),
        () => all(old.actors()),
        () => all(old.journal('a')),
        () => old.base('a'),
        () => old.effectResult('k'),
        () => all(old.effectResultKeys()),
        () => all(old.deadLetters()),
        () => old.deadLetter(1),
        () => old.readMeta('x'),
        () => all(old.snapshot()),
        () => all(old.backup()),
        () => old.replies().get('k'),
        () => old.replies().part('k'),
        () => all(old.replies().keys()),
        () => old.transcripts(z.unknown()).turn('k'),
        () => old.transcripts(z.unknown()).turns('k'),
        () => old.transcripts(z.unknown()).begin('k', 'x'),
        () => old.transcripts(z.unknown()).appendTurn(null, 'x'),
        () => old.remove('a'),
        () => old.settle('a', ['k']),
        () => old.addDeadLetter({ at: 1, to: 'a', reason: 'refused', message: 1 }),
        () => old.noteReplay(1, sent),
        () => old.dropLetter(1),
        () => old.writeMeta('x', 1),
        () => old.replies().put('k', 1, new Map()),
      ]
      for (const call of calls) {
        const failure = await (async () => call())().then(
          () => `${call} resolved`,
          (error) => error,
        )
        expect(failure).toMatchObject({ name: 'StoreError', code: 'closed' })
      }
    })

    test('many actors commit at once, and each promise is kept', async () => {
      const records = Array.from({ length: 200 }, (_, at) => newborn(`task-${at}`, { at }))
      await Promise.all(records.map((record) => live(record, 5)))
      const actors = await all((await subject.reopen()).actors())
      expect(actors).toHaveLength(200)
      for (const { record } of actors) expect(record.sequence).toBe(5)
    })

    test('what waits when it is closed is written; after that it says that it is closed', async () => {
      const first = step(
        newborn('a'),
        {},
        {
          outbox: { add: [{ key: 'a/b1/1/0', effect: { kind: 'children', orders: [] } }], remove: [] },
        },
      )
      const waiting = [
        store.commit(first),
        store.settle('a', ['a/b1/1/0']),
        store.saveEffectResult('k', { kind: 'done', output: 1 }),
      ]
      const old = store
      store = await subject.reopen()
      await Promise.all(waiting)
      expect((await store.read('a'))?.outbox).toEqual([])
      expect(await store.effectResult('k')).toEqual({ kind: 'done', output: 1 })
      const closed = { name: 'StoreError', code: 'closed' }
      await expect(old.commit(step(first.after))).rejects.toMatchObject(closed)
      await expect(old.settle('a', ['k'])).rejects.toMatchObject(closed)
      await expect(old.saveEffectResult('k', { kind: 'done', output: 1 })).rejects.toMatchObject(closed)
      await expect(old.read('a')).rejects.toMatchObject(closed)
      await expect(all(old.actors())).rejects.toMatchObject(closed)
    })
  })
}

function changed(
  record: ActorRecord,
  change: { name: string; value?: unknown } | { name: string; entries: [string, number][] },
): unknown {
  if (!('entries' in change)) return change.value
  const there = record.snapshot.context[change.name]
  let map = there instanceof PersistentMap ? there : PersistentMap.empty<number>()
  for (const [key, value] of change.entries) map = value % 3 === 0 ? map.delete(key) : map.set(key, value)
  return map
}

function mapsIn(record: ActorRecord | undefined): unknown[] {
  const fields = Object.entries(record?.snapshot.context ?? {})
  return fields
    .filter(([, value]) => value instanceof PersistentMap)
    .map(([name, map]) => [name, [...(map as PersistentMap<unknown>).buckets()]])
}
