// Backups of a store in use, and stores from backups.

import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SimulatedClock } from '../../actors/index.ts'
import { type ActorRecord, PersistentMap } from '../../kernel/index.ts'
import {
  Backups,
  backupIds,
  finishRestore,
  openStore,
  restoreStore,
  type Store,
  verifyBackup,
} from '../../persistence/index.ts'
import { eventually } from '../eventually.ts'
import { all, assign, everything, newborn, step } from './actor.ts'

let root: string
let directory: string
let backups: string
let store: Store
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'canopy-backup-'))
  directory = join(root, 'store')
  backups = join(root, 'backups')
  store = await openStore({ directory })
})
afterEach(async () => {
  await store.close()
  await rm(root, { recursive: true })
})

function taking(more: Partial<ConstructorParameters<typeof Backups>[0]> = {}): Backups {
  const clock = { now: () => Date.UTC(2027, 0, 2, 3, 4, 5), after: () => () => {} }
  return new Backups({ store, backups, everyMs: 0, keep: 12, clock, ...more })
}

async function fill(): Promise<ActorRecord> {
  const tasks = PersistentMap.fromEntries(Array.from({ length: 500 }, (_, at) => [`task-${at}`, { at }]))
  let last = newborn('a', { tasks, n: 0, text: 'ü\n"🌲' })
  for (let n = 1; n <= 20; n += 1) {
    const next = assign(last, { n })
    await store.commit(next)
    last = next.after
  }
  await store.saveEffectResult('a/b1/1/0', { kind: 'done', output: 1 })
  await store.addDeadLetter({ at: 1, to: 'b', reason: 'refused', message: 1 })
  return last
}

/** The store again, after what was done to its files. */
async function reopened(): Promise<Store> {
  await finishRestore(directory)
  store = await openStore({ directory })
  return store
}

test('what a backup holds comes back as it was', async () => {
  await fill()
  const before = await everything(store)
  const { id, rows } = await taking().take()
  expect(id).toBe('000001-20270102T030405Z')
  expect(rows).toBeGreaterThan(10)
  await store.close()
  const restored = await restoreStore({ directory, backups })
  expect(restored).toMatchObject({ manifest: { id }, damaged: [], aside: `${directory}.before-restore-1` })
  expect(await everything(await reopened())).toBe(before)
  expect(await readdir(root)).toEqual(['backups', 'store', 'store.before-restore-1'])
})

test('is of one moment, while commits go on', async () => {
  let last = await fill()
  const written = taking().take()
  let commits = 0
  for (let over = false; !over; commits += 1) {
    const next = assign(last, { n: -commits })
    await store.commit(next)
    last = next.after
    over = await Promise.race([written.then(() => true), Promise.resolve(commits > 5000)])
  }
  await written
  expect(commits).toBeGreaterThan(3)
  await store.close()
  await restoreStore({ directory, backups })
  // It was begun in a later turn, so a few of the commits may be in it; but the journal has no hole.
  const again = await reopened()
  const { record } = (await again.read('a')) ?? {}
  expect((await all(again.journal('a'))).map(({ sequence }) => sequence)).toEqual(
    Array.from({ length: record?.sequence ?? 0 }, (_, at) => at + 1),
  )
  const sequence = record?.sequence ?? 0
  expect(record?.snapshot.context.n).toBe(sequence > 20 ? 21 - sequence : sequence)
})

test('the last few are kept, in their order whatever the clock says', async () => {
  let now = Date.UTC(2027, 0, 1)
  const some = taking({ keep: 3, clock: { now: () => now, after: () => () => {} } })
  for (let hour = 0; hour < 5; hour += 1) {
    await some.take()
    now -= 3_600_000
  }
  expect((await backupIds(backups)).map((id) => id.slice(0, 6))).toEqual(['000005', '000004', '000003'])
})

test('comes by itself when it is time, and one that fails holds nothing up', async () => {
  const clock = new SimulatedClock()
  const told: string[] = []
  const regular = taking({
    clock,
    everyMs: 300_000,
    onBackup: ({ id }) => told.push(id),
    onFailure: (error) => told.push((error as Error).message),
  })
  await writeFile(backups, 'in the way')
  clock.advance(300_000)
  await eventually(() => told.length === 1)
  expect(told[0]).toMatch(/EEXIST|ENOTDIR/)
  await rm(backups)
  await store.commit(step(newborn('z')))
  for (const expected of [2, 3]) {
    await eventually(() => {
      clock.advance(300_000)
      return told.length >= expected
    })
  }
  await regular.close()
  const count = told.length
  clock.advance(900_000)
  expect(told).toHaveLength(count)
  expect(told.slice(1).every((id) => /^\d{6}-/.test(id))).toBe(true)
})

test('one that cannot be written leaves nothing behind and takes no older one away', async () => {
  const good = taking({ keep: 1 })
  await good.take()
  const failing = taking({
    keep: 1,
    store: {
      backup: async function* () {
        yield ['a', 'b'] as const
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
      },
    },
  })
  await expect(failing.take()).rejects.toThrow('ENOSPC')
  expect(await readdir(backups)).toEqual(['000001-20270102T030405Z'])
  // What a process that died had begun goes with the next.
  await mkdir(join(backups, '000002-20270102T030405Z.part'))
  await good.take()
  expect(await readdir(backups)).toEqual(['000002-20270102T030405Z'])
})

describe('a damaged backup', () => {
  const damages: [string, (backup: string) => Promise<void>, RegExp][] = [
    ['a byte', (backup) => flip(join(backup, 'rows.jsonl.gz')), /SHA-256/],
    [
      'its end',
      async (backup) =>
        writeFile(
          join(backup, 'rows.jsonl.gz'),
          (await readFile(join(backup, 'rows.jsonl.gz'))).subarray(0, 40),
        ),
      /SHA-256/,
    ],
    ['its rows', (backup) => rm(join(backup, 'rows.jsonl.gz')), /ENOENT/],
    ['its manifest', (backup) => writeFile(join(backup, 'manifest.json'), '{"id"'), /manifest/],
  ]

  test.each(damages)(
    'without %s is found out, told, and the one before it taken',
    async (_, damage, reason) => {
      await fill()
      const before = await everything(store)
      const some = taking()
      const older = await some.take()
      await store.commit(step(newborn('later')))
      const newer = await some.take()
      await store.close()
      await damage(join(backups, newer.id))
      expect(await verifyBackup(join(backups, newer.id))).toMatchObject({
        kind: 'damaged',
        reason: expect.stringMatching(reason),
      })
      const restored = await restoreStore({ directory, backups })
      expect(restored.manifest.id).toBe(older.id)
      expect(restored.damaged).toMatchObject([{ id: newer.id, reason: expect.stringMatching(reason) }])
      expect(await everything(await reopened())).toBe(before)
    },
  )

  test('is not taken when it is the only one or was asked for, and the store stays', async () => {
    await fill()
    const before = await everything(store)
    const some = taking()
    const first = await some.take()
    const second = await some.take()
    await store.close()
    await flip(join(backups, second.id, 'rows.jsonl.gz'))
    const refused = { name: 'StoreError', code: 'no_backup', message: expect.stringContaining(second.id) }
    await expect(restoreStore({ directory, backups, from: second.id })).rejects.toMatchObject(refused)
    await rm(join(backups, first.id), { recursive: true })
    await expect(restoreStore({ directory, backups })).rejects.toMatchObject(refused)
    await expect(restoreStore({ directory, backups, from: 'x' })).rejects.toMatchObject({ code: 'no_backup' })
    await expect(restoreStore({ directory, backups: join(root, 'none') })).rejects.toMatchObject({
      code: 'no_backup',
    })
    expect(await everything(await reopened())).toBe(before)
  })
})

async function flip(file: string): Promise<void> {
  const bytes = await readFile(file)
  bytes[20] = (bytes[20] ?? 0) ^ 0xff
  await writeFile(file, bytes)
}

test('a store that is open is not restored', async () => {
  await taking().take()
  // The lock is a process's: another one must hold it.
  await store.close()
  const { execa } = await import('execa')
  const held = execa(process.execPath, ['-e', holder, directory], { ipc: true })
  try {
    await held.getOneMessage()
    await expect(restoreStore({ directory, backups })).rejects.toMatchObject({ code: 'locked' })
  } finally {
    held.kill('SIGKILL')
    await held.catch(() => {})
  }
  await restoreStore({ directory, backups })
  await reopened()
})

const holder = `
  const { ClassicLevel } = require('classic-level')
  new ClassicLevel(process.argv[1]).open().then(() => process.send('open'))
  setInterval(() => {}, 1000)
`

test('a restore that was interrupted between its two steps is finished by the next start', async () => {
  await fill()
  const before = await everything(store)
  await taking().take()
  await store.close()
  await restoreStore({ directory, backups })
  await rename(directory, `${directory}.restored`)
  expect(await everything(await reopened())).toBe(before)
})

test('a store whose files are damaged is replaced, and what is left of it stays', async () => {
  await fill()
  const before = await everything(store)
  await taking().take()
  await store.close()
  for (const file of await readdir(directory))
    if (/^MANIFEST|\.ldb$/.test(file)) await flip(join(directory, file))
  await expect(openStore({ directory })).rejects.toMatchObject({ code: 'unreadable' })
  const { aside } = await restoreStore({ directory, backups })
  expect(await readdir(aside ?? '')).toContain('CURRENT')
  expect(await everything(await reopened())).toBe(before)
})
