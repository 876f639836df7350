// Backups that were copied under another number, and rewrites of a store that fail: the store stays as it was, and no
// half of a copy is left beside it.

import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  Backups,
  backupIds,
  checkStore,
  finishRestore,
  openStore,
  readManifest,
  rekeyStore,
  restoreStore,
  type StoreKeys,
  storeKey,
  verifyBackup,
} from '../../persistence/index.ts'
import { assign, everything, newborn, step } from './actor.ts'

const keys: StoreKeys = { current: storeKey(Buffer.alloc(32, 1)), older: [] }
const others: StoreKeys = { current: storeKey(Buffer.alloc(32, 2)), older: [] }
const at = Date.UTC(2027, 0, 2)

let root: string
let directory: string
let backups: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'canopy-left-'))
  directory = join(root, 'store')
  backups = join(root, 'backups')
})
afterEach(() => rm(root, { recursive: true }))

/** Commits once more and gives the content of the store. */
async function fill(given?: StoreKeys): Promise<string> {
  const store = await openStore({ directory, keys: given })
  const before = (await store.read('a'))?.record
  await store.commit(before ? assign(before, { n: before.sequence }) : step(newborn('a', { n: 0 })))
  await store.saveEffectResult('a/b1/1/0', { kind: 'done', output: 'ü' })
  return everything(store).finally(() => store.close())
}

async function read(given?: StoreKeys): Promise<string> {
  const store = await openStore({ directory, keys: given })
  return everything(store).finally(() => store.close())
}

async function backUp(): Promise<string> {
  const store = await openStore({ directory })
  const clock = { now: () => at, after: () => () => {} }
  const { id } = await new Backups({ store, backups, everyMs: 0, keep: 9, clock }).take()
  await store.close()
  return id
}

async function change(key: string, text: string): Promise<void> {
  const level = new ClassicLevel<string, string>(directory)
  await level.put(key, text)
  await level.close()
}

const besides = async (): Promise<string[]> => (await readdir(root)).toSorted()

describe('a backup under another number', () => {
  const copyId = '000007-20270102T000000Z'

  test('is restored from its own folder, though no folder has the number in its manifest', async () => {
    const before = await fill()
    const id = await backUp()
    await rename(join(backups, id), join(backups, copyId))
    await fill()
    const { manifest } = await restoreStore({ directory, backups })
    expect(manifest.id).toBe(copyId)
    expect(await read()).toBe(before)
  })

  test('is restored from its own folder, though the folder with the number in its manifest is damaged', async () => {
    const before = await fill()
    const id = await backUp()
    await cp(join(backups, id), join(backups, copyId), { recursive: true })
    await writeFile(join(backups, id, 'rows.jsonl.gz'), 'nothing of a backup')
    await fill()
    const { damaged } = await restoreStore({ directory, backups })
    expect(damaged).toEqual([])
    expect(await read()).toBe(before)
  })

  test('can be asked for by the name of its folder', async () => {
    const before = await fill()
    const id = await backUp()
    await fill()
    const later = await backUp()
    await rename(join(backups, id), join(backups, copyId))
    expect(await backupIds(backups)).toEqual([copyId, later])
    await restoreStore({ directory, backups, from: copyId })
    expect(await read()).toBe(before)
  })

  test('counts for the next number, so the next backup is the newest', async () => {
    await fill()
    await rename(join(backups, await backUp()), join(backups, copyId))
    expect(await backUp()).toBe('000008-20270102T000000Z')
    expect(await readManifest(join(backups, '000008-20270102T000000Z'))).toMatchObject({ version: 1, at })
  })
})

test.each(['\u2028', '\u2029', '\u0085', '\r', '\r\n', '\0', '\ud800', '\ufeff', '🌲'])(
  'a text with %j comes back from a backup and from a store under another key',
  async (odd) => {
    const store = await openStore({ directory })
    await store.commit(step(newborn(`x${odd}y`, { [odd]: `${odd}a${odd}` })))
    const before = await everything(store)
    await store.close()
    const id = await backUp()
    expect(await verifyBackup(join(backups, id))).toMatchObject({ kind: 'sound' })
    await restoreStore({ directory, backups })
    expect(await read()).toBe(before)
    await rekeyStore({ directory, to: keys })
    expect(await read(keys)).toBe(before)
  },
)

describe('a store that cannot be written under another key', () => {
  const refusals: [string, { from?: StoreKeys; to?: StoreKeys }, string, RegExp][] = [
    ['without its key', { to: others }, 'encrypted', /no key is given.*Give the key/],
    ['with a wrong key', { from: others, to: others }, 'encrypted', /the given keys are/],
    ['as plain text without its key', {}, 'encrypted', /no key is given/],
  ]
  test.each(refusals)('%s stays as it was, alone in its folder', async (_, given, code, message) => {
    const before = await fill(keys)
    const refused = rekeyStore({ directory, ...given })
    await expect(refused).rejects.toMatchObject({ name: 'StoreError', code, directory })
    await expect(refused).rejects.toThrow(message)
    expect(await besides()).toEqual(['store'])
    expect(await read(keys)).toBe(before)
  })

  test('because a row is damaged stays as it was, and no copy with readable rows is left', async () => {
    await fill(keys)
    await change('turn!damaged', `sealed1:${keys.current.id}:AAAA`)
    await expect(rekeyStore({ directory, from: keys })).rejects.toMatchObject({
      code: 'unreadable',
      message: expect.stringContaining("'turn!damaged'"),
    })
    expect(await besides()).toEqual(['store'])
  })

  test('because a file is in the way stays as it was', async () => {
    const before = await fill()
    await mkdir(`${directory}.before-rekey`)
    await writeFile(join(`${directory}.before-rekey`, 'old'), '')
    await writeFile(`${directory}.restored`, 'a file')
    await rekeyStore({ directory, to: keys })
    expect(await read(keys)).toBe(before)
    expect(await besides()).toEqual(['store'])
  })

  test('because there is none says where it was looked for', async () => {
    await expect(rekeyStore({ directory, to: keys })).rejects.toMatchObject({
      name: 'StoreError',
      message: expect.stringContaining(directory),
    })
    expect(await besides()).toEqual([])
  })
})

describe('a restore that was interrupted', () => {
  /** The state of the disk after each step of a restore, as its next start finds it. */
  const moments: [string, () => Promise<unknown>, 'old' | 'new'][] = [
    ['while the new store was written', () => mkdir(`${directory}.restoring`), 'old'],
    [
      'before the old store was moved',
      () => cp(directory, `${directory}.restored`, { recursive: true }),
      'old',
    ],
    [
      'after the old store was moved',
      async () => {
        await rename(`${root}/new`, `${directory}.restored`)
        await rename(directory, `${directory}.before-restore-1`)
      },
      'new',
    ],
    [
      'after the new store was in its place',
      async () => {
        await rename(directory, `${directory}.before-restore-1`)
        await rename(`${root}/new`, directory)
      },
      'new',
    ],
  ]

  test.each(moments)('%s has one whole store in its place at the next start', async (_, interrupt, which) => {
    const earlier = await fill()
    await cp(directory, join(root, 'new'), { recursive: true })
    const later = await fill()
    await interrupt()
    await finishRestore(directory)
    expect(await read()).toBe(which === 'old' ? later : earlier)
    // A second start finds nothing to do.
    await finishRestore(directory)
    expect(await read()).toBe(which === 'old' ? later : earlier)
  })

  test('is followed by another that finishes, whatever the first one left', async () => {
    const before = await fill()
    await backUp()
    await fill()
    for (const left of ['restoring', 'restored']) {
      await mkdir(`${directory}.${left}`)
      await writeFile(join(`${directory}.${left}`, '000001.ldb'), 'half')
    }
    await restoreStore({ directory, backups })
    expect(await read()).toBe(before)
    expect(await besides()).toEqual(['backups', 'store', 'store.before-restore-1'])
  })

  test('moves each replaced store aside under a number of its own', async () => {
    await fill()
    await backUp()
    const asides: unknown[] = []
    for (let time = 0; time < 3; time += 1) asides.push((await restoreStore({ directory, backups })).aside)
    expect(asides).toEqual([1, 2, 3].map((number) => `${directory}.before-restore-${number}`))
    await rm(`${directory}.before-restore-2`, { recursive: true })
    expect((await restoreStore({ directory, backups })).aside).toBe(`${directory}.before-restore-2`)
  })
})

describe('a check', () => {
  test('is not disturbed by a folder that is not of the store', async () => {
    await fill()
    await mkdir(join(directory, 'lost+found'))
    expect(await checkStore(directory, { definitions: [], now: at })).toMatchObject({ actors: 1 })
    await rekeyStore({ directory, to: keys })
    expect(await readdir(root)).toEqual(['store'])
  })

  test('of a store under another key says so in one problem, and leaves nothing', async () => {
    await fill(keys)
    const report = await checkStore(directory, { definitions: [], now: at, keys: others })
    expect(report).toMatchObject({ actors: 0, problems: [{ where: 'store', code: 'encrypted' }] })
    expect(report.problems[0]?.message).toContain(directory)
    expect(await besides()).toEqual(['store'])
  })

  test('reads a store under the key that wrote it, and under a newer one with the older', async () => {
    await fill(keys)
    for (const given of [keys, { current: others.current, older: [keys.current] }])
      expect(await checkStore(directory, { definitions: [], now: at, keys: given })).toMatchObject({
        actors: 1,
        kept: 1,
      })
  })

  test('of an empty folder finds an empty store and creates nothing', async () => {
    await mkdir(directory)
    expect(await checkStore(directory, { definitions: [], now: at })).toMatchObject({
      actors: 0,
      problems: [],
    })
    expect(await readdir(directory)).toEqual([])
  })
})

test('a manifest with fields of a later version is read as far as it is known', async () => {
  await fill()
  const id = await backUp()
  const file = join(backups, id, 'manifest.json')
  const manifest = JSON.parse(await readFile(file, 'utf8'))
  await writeFile(file, JSON.stringify({ ...manifest, compressedBy: 'zstd' }))
  expect(await readManifest(join(backups, id))).toEqual(manifest)
  expect(await verifyBackup(join(backups, id))).toEqual({ kind: 'sound', manifest })
})
