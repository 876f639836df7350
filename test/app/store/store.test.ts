// The store of a run for people: checked, listed, restored, encrypted again; held by another process, damaged, or not there.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { openAuditLog } from '../../../app/audit/audit-log.ts'
import { verifyAudit } from '../../../app/audit/read-audit.ts'
import { headOfRunBefore } from '../../../app/audit/run-before.ts'
import { reachLetters } from '../../../app/dead-letters/reach.ts'
import type { FoundRun } from '../../../app/run/find-run.ts'
import { backupsOf } from '../../../app/run/run-directory.ts'
import { checkRunStore } from '../../../app/store/check-store.ts'
import { listBackups } from '../../../app/store/list-backups.ts'
import { rekeyRunStore } from '../../../app/store/rekey-store.ts'
import { restoreRunStore } from '../../../app/store/restore-store.ts'
import { Backups, openStore, type StoreKeys, storeKey } from '../../../persistence/index.ts'
import { scratch } from '../../cli/scratch.ts'
import { newborn, step } from '../../persistence/actor.ts'

const AT = Date.UTC(2027, 0, 2, 3, 4, 5)
const clock = { now: () => AT, after: () => () => {} }
const first = '000001-20270102T030405Z'

let run: FoundRun
let keyFile: string
beforeEach(() => {
  run = runIn(scratch())
  keyFile = join(run.dataDirectory, 'key')
})

function runIn(dataDirectory: string, number = 1, over = false): FoundRun {
  const path = join(dataDirectory, 'runs', `${number}`)
  mkdirSync(path, { recursive: true })
  const record = { system: 's', repository: '/r', milestones: [], seed: 1, began: 0, over }
  writeFileSync(join(path, 'run.json'), JSON.stringify(record))
  return { dataDirectory, path, record }
}

const directory = () => join(run.path, 'store')
const hex = (byte: number) => Buffer.alloc(32, byte).toString('hex')
const keys = (byte: number): StoreKeys => ({ current: storeKey(Buffer.alloc(32, byte)), older: [] })
/** An environment that gives these keys, the first one for writing. */
function envWith(...bytes: readonly number[]) {
  writeFileSync(keyFile, bytes.map(hex).join('\n'), { mode: 0o600 })
  return { CANOPY_STORE_KEY_FILE: keyFile }
}

/** A counter, backed up at each number but the last. */
async function stored(count: number, given?: StoreKeys): Promise<void> {
  const store = await openStore({ directory: directory(), keys: given })
  const backups = new Backups({ store, backups: backupsOf(run), everyMs: 0, keep: 12, clock })
  let record = newborn('a', { n: 1 })
  for (let number = 1; number <= count; number += 1) {
    const commit = step(record)
    await store.commit(commit)
    record = commit.after
    if (number < count) await backups.take()
  }
  await store.close()
}

/** Another process has it open until the test is over: the lock is that of a process. */
async function held(): Promise<void> {
  const holder = `
    const { ClassicLevel } = require('classic-level')
    new ClassicLevel(process.argv[1]).open().then(() => process.send('open'))
    setInterval(() => {}, 1000)
  `
  const other = execa(process.execPath, ['-e', holder, directory()], { ipc: true, reject: false })
  onTestFinished(async () => {
    other.kill('SIGKILL')
    await other
  })
  await other.getOneMessage()
}

async function numberNow(given?: StoreKeys): Promise<number | undefined> {
  const store = await openStore({ directory: directory(), keys: given })
  const found = await store.read('a')
  await store.close()
  return found?.record.sequence
}

const failure = (work: Promise<unknown>) => work.catch((error: unknown) => error)
const spoil = (id: string) => writeFileSync(join(backupsOf(run), id, 'rows.jsonl.gz'), 'x')
const idsNow = () => readdirSync(backupsOf(run)).toSorted().toReversed()

describe('a run without a store', () => {
  const works: readonly [string, () => Promise<unknown>, string, string][] = [
    ['checked', () => checkRunStore(run, { env: {}, now: AT }), 'no_store', 'canopy run'],
    [
      'checked by its newest backup',
      () => checkRunStore(run, { env: {}, now: AT, backup: true }),
      'no_backup',
      'canopy store backups',
    ],
    [
      'checked by a backup',
      () => checkRunStore(run, { env: {}, now: AT, backup: first }),
      'no_backup',
      'canopy store backups',
    ],
    ['asked for its dead letters', () => reachLetters(run, undefined, {}), 'no_store', 'canopy run'],
  ]
  it.each(works)('that is %s says so, with its path and the way out', async (_, work, code, wayOut) => {
    expect(await failure(work())).toMatchObject({
      name: 'UserError',
      code,
      message: expect.stringContaining(code === 'no_store' ? run.path : backupsOf(run)),
      wayOut: expect.stringContaining(wayOut),
    })
    expect(readdirSync(run.path)).toEqual(['run.json'])
  })

  it('has no backups, and restores none', async () => {
    expect(await listBackups(run)).toEqual([])
    expect(await failure(restoreRunStore(run, { env: {}, from: undefined }))).toMatchObject({
      name: 'UserError',
      code: 'no_backup',
      message: expect.stringContaining(backupsOf(run)),
    })
  })
})

describe('a store that a run has open', () => {
  beforeEach(() => stored(2))

  it('is neither checked nor replaced nor read: each says so, with the way out', async () => {
    await held()
    const inUse = {
      name: 'UserError',
      code: 'in_use',
      message: expect.stringContaining(`a run has ${directory()} open`),
    }
    expect(await failure(checkRunStore(run, { env: {}, now: AT }))).toMatchObject({
      ...inUse,
      wayOut: expect.stringContaining("'canopy store check --backup'"),
    })
    const over = { ...run, record: { ...run.record, over: true } }
    expect(await failure(reachLetters(over, undefined, {}))).toMatchObject({
      ...inUse,
      wayOut: expect.stringContaining('--nats URL'),
    })
    expect(await failure(restoreRunStore(run, { env: {}, from: undefined }))).toMatchObject({
      name: 'UserError',
      code: 'locked',
      message: expect.stringContaining(directory()),
    })
    expect(readdirSync(run.path).toSorted()).toEqual(['run.json', 'store'])
    // Its backups can be checked and listed meanwhile.
    expect(await checkRunStore(run, { env: {}, now: AT, backup: true })).toMatchObject({ actors: 1 })
    expect(await listBackups(run)).toMatchObject([{ id: first, at: AT }])
  })
})

describe('backups', () => {
  beforeEach(() => stored(4))

  it('are listed newest first, and each damaged one says why', async () => {
    const ids = idsNow()
    spoil(ids[1] ?? '')
    const listed = await listBackups(run)
    expect(listed.map(({ id }) => id)).toEqual(ids)
    expect(listed.map(({ damaged }) => damaged === undefined)).toEqual([true, false, true])
    expect(listed[1]?.damaged).toMatch(/\w+ \w+/)
    expect(listed[0]).toMatchObject({ at: AT, rows: expect.any(Number), bytes: expect.any(Number) })
  })

  it.each([
    ['the newest', 0, 3],
    ['the newest that is sound, when one is damaged', 1, 2],
    ['the newest that is sound, when two are damaged', 2, 1],
  ])('are restored from %s', async (_, damaged, number) => {
    for (const id of idsNow().slice(0, damaged)) spoil(id)
    const restored = await restoreRunStore(run, { env: {}, from: undefined })
    expect(restored).not.toHaveProperty('unreadable')
    expect(await numberNow()).toBe(number)
  })

  it('are restored by name, also an old one, and twice', async () => {
    await restoreRunStore(run, { env: {}, from: first })
    expect(await numberNow()).toBe(1)
    const [newest = ''] = idsNow()
    await restoreRunStore(run, { env: {}, from: newest })
    expect(await numberNow()).toBe(3)
  })

  it.each([
    [
      'is damaged',
      () => {
        spoil(first)
        return first
      },
    ],
    ['is not there', () => '000009-20270102T030405Z'],
    ['leaves the folder', () => '../1'],
    ['is empty', () => ''],
  ])('that are named and of which this %s are not restored: the store stays', async (_, nameOf) => {
    const before = await numberNow()
    const error = await failure(restoreRunStore(run, { env: {}, from: nameOf() }))
    expect(error).toMatchObject({ name: 'UserError' })
    expect((error as Error).message).toMatch(/backup/)
    expect(await numberNow()).toBe(before)
  })

  it('are not restored when all are damaged: the store stays', async () => {
    for (const id of idsNow()) spoil(id)
    expect(await failure(restoreRunStore(run, { env: {}, from: undefined }))).toMatchObject({
      name: 'UserError',
    })
    expect(await numberNow()).toBe(4)
  })

  it('of one run are not those of another', async () => {
    const other = runIn(run.dataDirectory, 2)
    expect(await listBackups(other)).toEqual([])
    expect(await failure(checkRunStore(other, { env: {}, now: AT, backup: first }))).toMatchObject({
      message: `there is no backup '${first}' in ${backupsOf(other)}`,
    })
  })
})

describe('an encrypted store', () => {
  it('is checked with its key, and not without one or with another', async () => {
    await stored(2, keys(1))
    expect(await checkRunStore(run, { env: envWith(1), now: AT })).toMatchObject({ actors: 1 })
    for (const env of [{}, envWith(2)])
      expect(await checkRunStore(run, { env, now: AT })).toMatchObject({
        actors: 0,
        problems: [
          {
            where: 'store',
            code: 'encrypted',
            message: expect.stringContaining(`encrypted with key ${storeKey(Buffer.alloc(32, 1)).id}`),
          },
        ],
      })
  })

  it('that was restored says when the given key does not open it', async () => {
    await stored(2, keys(1))
    expect(await restoreRunStore(run, { env: envWith(1), from: undefined })).not.toHaveProperty('unreadable')
    const other = await restoreRunStore(run, { env: envWith(2), from: undefined })
    expect(other.unreadable).toContain(storeKey(Buffer.alloc(32, 1)).id)
  })

  it('is encrypted again with the first key, and opens with it alone', async () => {
    await stored(2, keys(1))
    const { rows, key } = await rekeyRunStore(run, { env: envWith(2, 1), plain: false })
    expect({ rows: rows > 0, key }).toEqual({ rows: true, key: storeKey(Buffer.alloc(32, 2)).id })
    expect(await numberNow(keys(2))).toBe(2)
    expect(await failure(numberNow(keys(1)))).toBeInstanceOf(Error)
  })

  it('is decrypted with --plain', async () => {
    await stored(2, keys(1))
    expect(await rekeyRunStore(run, { env: envWith(1), plain: true })).toMatchObject({ key: null })
    expect(await numberNow()).toBe(2)
  })

  it('is left as it is without a key, and with one that does not open it', async () => {
    await stored(2, keys(1))
    expect(await failure(rekeyRunStore(run, { env: {}, plain: false }))).toMatchObject({
      name: 'UserError',
      code: 'no_store_key',
      message: 'no store key is given',
      wayOut: expect.stringContaining('CANOPY_STORE_KEY_FILE=FILE'),
    })
    expect(await failure(rekeyRunStore(run, { env: envWith(3), plain: false }))).toMatchObject({
      name: 'UserError',
    })
    expect(await numberNow(keys(1))).toBe(2)
  })
})

describe('dead letters of a stored run', () => {
  it.each([
    [false, true],
    [true, false],
  ])('of a run that is over (%s) can be replayed: %s', async (over, canReplay) => {
    await stored(1)
    const source = await reachLetters({ ...run, record: { ...run.record, over } }, undefined, {})
    onTestFinished(() => source.close())
    expect(source.canReplay).toBe(canReplay)
    expect(await source.ask('deadLetters', {})).toMatchObject({ ok: true, value: { letters: [] } })
    await expect(source.ask('nonsense', {})).rejects.toThrow('no verb nonsense')
  })

  it('give the store back when they are closed', async () => {
    await stored(1)
    const source = await reachLetters(run, undefined, {})
    await source.close()
    expect(await numberNow()).toBe(1)
  })
})

describe('the audit log beside a store', () => {
  const body = {
    kind: 'request',
    who: 'operator',
    by: null,
    what: 'send',
    to: null,
    detail: '',
    ok: true,
    answer: 'ok',
  } as const

  async function audited(count: number, given?: StoreKeys): Promise<void> {
    const store = await openStore({ directory: directory(), keys: given })
    const log = await openAuditLog({
      dataDirectory: run.dataDirectory,
      store,
      now: () => 1,
      trouble: () => {},
    })
    for (let number = 0; number < count; number += 1) await log.append(body)
    await log.close()
    await store.close()
  }
  const verified = (env: Readonly<Record<string, string>> = {}) =>
    verifyAudit(run.dataDirectory, { env, nats: undefined })
  const file = () => join(run.dataDirectory, 'audit', '000001.jsonl')

  it('is compared with the head that its store has', async () => {
    await audited(2)
    expect(await verified()).toMatchObject({ ok: true, entries: 2 })
    writeFileSync(file(), `${readFileSync(file(), 'utf8').split('\n')[0]}\n`)
    expect(await verified()).toEqual({ ok: false, line: 2, reason: 'the entries 2 to 2 are missing' })
  })

  it('that was removed is missed as long as the store is there', async () => {
    await audited(2)
    rmSync(join(run.dataDirectory, 'audit'), { recursive: true })
    expect(await verified()).toEqual({ ok: false, line: 1, reason: 'the entries 1 to 2 are missing' })
    rmSync(directory(), { recursive: true })
    expect(await verified()).toMatchObject({ ok: true, entries: 0 })
  })

  it('is not compared without the key of its store: that is told, and no verdict', async () => {
    await audited(1, keys(1))
    expect(await verified(envWith(1))).toMatchObject({ ok: true, entries: 1 })
    expect(await failure(verified())).toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('key'),
    })
  })

  it('of a new run is compared with the store of the run before it, if that can be read', async () => {
    await audited(2)
    const next = runIn(run.dataDirectory, 2)
    const troubles: string[] = []
    const before = () => headOfRunBefore(next, undefined, (sentence) => troubles.push(sentence))
    expect(await before()).toMatchObject({ number: 2 })
    expect(await headOfRunBefore(run, undefined, (sentence) => troubles.push(sentence))).toBeUndefined()
    expect(troubles).toEqual([])
    await held()
    expect(await before()).toBeUndefined()
    expect(troubles).toEqual([
      expect.stringContaining('the newest entry of the audit log was not compared with the previous run: '),
    ])
  })
})
