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
