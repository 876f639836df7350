// A disk that fails at any one write: what was promised before is there after the store is opened again, what was not
// promised is there whole or not at all, and the store that failed accepts nothing more.

import fc from 'fast-check'
import { MemoryLevel } from 'memory-level'
import { describe, expect, test } from 'vitest'
import { type ActorRecord, PersistentMap } from '../../kernel/index.ts'
import type { LevelDatabase } from '../../persistence/database.ts'
import { type LocalStore, type Store, type StoreKeys, storeKey } from '../../persistence/index.ts'
import { openLevel } from '../../persistence/open.ts'
import { all, assign, everything, newborn, step } from './actor.ts'

/** The place where abstract-level lets an implementation write. */
interface Writes {
  _batch(...parameters: unknown[]): Promise<void>
}
type Disk = LevelDatabase & Writes

const IO_ERROR = Object.assign(new Error('IO error: /disk/000003.log: Input/output error'), {
  code: 'LEVEL_IO_ERROR',
})

/** A disk in memory, and a store on it whose write of this number fails: before it (`lost`) or after it (`written`). */
async function diskFailing(
  at: number,
  kind: 'lost' | 'written',
  keys?: StoreKeys,
): Promise<{ disk: Disk; store: LocalStore; repair(): void }> {
  const disk = new MemoryLevel<string, string>() as object as Disk
  const store = await openLevel(disk, { directory: '/disk', keys })
  const write = disk._batch.bind(disk)
  let writes = 0
  disk._batch = async (...parameters) => {
    writes += 1
    if (writes !== at) return write(...parameters)
    if (kind === 'written') await write(...parameters)
    throw IO_ERROR
  }
  return {
    disk,
    store,
    repair: () => {
      disk._batch = write
    },
  }
}

interface Promised {
  readonly records: ActorRecord[]
  readonly results: string[]
  readonly letters: number[]
}

/** Does one thing after the other until one fails; gives what was promised, and the failure. */
async function work(store: Store, large: number): Promise<{ promised: Promised; failure: unknown }> {
  const promised: Promised = { records: [], results: [], letters: [] }
  let record = newborn('a', { counts: PersistentMap.empty<number>(), text: '' })
  for (let turn = 1; turn <= 60; turn += 1) {
    const counts = (record.snapshot.context.counts as PersistentMap<number>).set(`k${turn % 20}`, turn)
    const text = turn % large === 0 ? 'x'.repeat(700_000) : `${turn}`
    const outbox = {
      add: [{ key: `a/b1/${turn}/0`, effect: { kind: 'children', orders: [] } as const }],
      remove: turn > 1 ? [`a/b1/${turn - 1}/0`] : [],
    }
    const next = { ...assign(record, { counts, text }), outbox }
    try {
      await store.commit(next)
      record = next.after
      promised.records.push(record)
      await store.saveEffectResult(`k${turn}`, { kind: 'done', output: turn })
      promised.results.push(`k${turn}`)
      promised.letters.push(
        await store.addDeadLetter({ at: turn, to: 'a', reason: 'refused', message: turn }),
      )
    } catch (failure) {
      return { promised, failure }
    }
  }
  return { promised, failure: undefined }
}

const keys: StoreKeys = { current: storeKey(Buffer.alloc(32, 3)), older: [] }

describe.each([
  ['plain', undefined],
  ['encrypted', keys],
])('a %s store on a disk that fails', (_, given) => {
  test('at any write keeps what it promised, and at most one step more', async () => {
    const chance = fc.record({
      at: fc.integer({ min: 1, max: 150 }),
      kind: fc.constantFrom('lost' as const, 'written' as const),
      large: fc.constantFrom(3, 1000),
    })
    await fc.assert(
      fc.asyncProperty(chance, async ({ at, kind, large }) => {
        const { disk, store, repair } = await diskFailing(at, kind, given)
        const { promised, failure } = await work(store, large)
        expect(failure).toMatchObject({ name: 'StoreError', code: 'unwritable', directory: '/disk' })
        repair()
        await store.close()
        const again = await openLevel(disk, { directory: '/disk', keys: given })
        const stored = await again.read('a')
        const sequence = stored?.record.sequence ?? 0
        const last = promised.records.at(-1)
        expect([0, 1]).toContain(sequence - (last?.sequence ?? 0))
        if (sequence === last?.sequence) expect(JSON.stringify(stored?.record)).toBe(JSON.stringify(last))
        // Parts, journal and outbox are of the same step.
        expect(await all(again.journal('a'))).toHaveLength(sequence)
        expect(stored?.outbox.map(({ key }) => key) ?? []).toEqual(
          sequence === 0 ? [] : [`a/b1/${sequence}/0`],
        )
        for (const key of promised.results)
          expect(await again.effectResult(key)).toMatchObject({ kind: 'done' })
        const letters = (await all(again.deadLetters())).map(({ id }) => id)
        expect(letters.slice(0, promised.letters.length)).toEqual(promised.letters)
        if (stored) await again.commit(step(stored.record))
        await again.close()
      }),
      { numRuns: 25 },
    )
  })

  test('refuses all later calls with the same error and reads on', async () => {
    const { store, repair } = await diskFailing(2, 'lost', given)
    const first = step(newborn('a', { n: 1 }))
    await store.commit(first)
    const before = await everything(store)
    await expect(store.commit(step(first.after))).rejects.toMatchObject({ code: 'unwritable' })
    repair()
    const calls: (() => Promise<unknown>)[] = [
      () => store.commit(step(first.after)),
      () => store.commit(step(newborn('other'))),
      () => store.settle('a', ['a/b1/1/0']),
      () => store.remove('a'),
      () => store.saveEffectResult('k', { kind: 'done', output: 1 }),
      () => store.addDeadLetter({ at: 1, to: 'a', reason: 'refused', message: 1 }),
      () => store.noteReplay(1, { state: 'sent', at: 1, attempt: 1 }),
      () => store.dropLetter(1),
      () => store.writeMeta('x', 1),
      () => store.replies().put('k', {}, new Map()),
    ]
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({
        code: 'unwritable',
        message: expect.stringMatching(/cannot be written .*Input\/output error.*repair the disk/),
      })
    }
    expect(await everything(store)).toBe(before)
    await store.close()
  })
})

test('a disk that fails while the collected rows are written out keeps each promised row', async () => {
  // 512 rows are collected at most; the write-out is one batch of all of them.
  for (const kind of ['lost', 'written'] as const) {
    const { disk, store, repair } = await diskFailing(7, kind)
    const saved: number[] = []
    for (let round = 0; round < 10; round += 1) {
      const wanted = Array.from({ length: 100 }, (_, at) => round * 100 + at)
      const results = await Promise.allSettled(
        wanted.map((at) => store.saveEffectResult(`k${at}`, { kind: 'done', output: at })),
      )
      if (results.some(({ status }) => status === 'rejected')) break
      saved.push(...wanted)
    }
    expect(saved).toHaveLength(600)
    repair()
    await store.close()
    const again = await openLevel(disk, { directory: '/disk' })
    const kept = new Set(await all(again.effectResultKeys()))
    expect(saved.filter((at) => !kept.has(`k${at}`))).toEqual([])
    expect(kept.size).toBe(kind === 'lost' ? 600 : 700)
    await again.close()
  }
})

test('a disk that fails while a store is created leaves a store that can be created', async () => {
  const disk = new MemoryLevel<string, string>() as object as Disk
  const write = disk._batch.bind(disk)
  disk._batch = () => Promise.reject(IO_ERROR)
  await expect(openLevel(disk, { directory: '/disk' })).rejects.toMatchObject({ name: 'StoreError' })
  disk._batch = write
  const store = await openLevel(disk, { directory: '/disk' })
  await store.commit(step(newborn('a')))
  await store.close()
})

test('a disk that fails while rows of a dead process are recovered recovers them at the next start', async () => {
  const disk = new MemoryLevel<string, string>() as object as Disk
  const store = await openLevel(disk, { directory: '/disk' })
  await store.commit(step(newborn('a', { n: 1 })))
  const before = await everything(store)
  // The process dies: nothing is closed.
  const write = disk._batch.bind(disk)
  disk._batch = () => Promise.reject(IO_ERROR)
  await expect(openLevel(disk, { directory: '/disk' })).rejects.toMatchObject({ name: 'StoreError' })
  disk._batch = write
  const again = await openLevel(disk, { directory: '/disk' })
  expect(await everything(again)).toBe(before)
  await again.close()
})
