// Rekey
//
// Owns:   rewriting a store with another key, from plain to encrypted and back.
// Leaves: existing backups, which keep the key they were written with.
//
// At any interruption a whole store is in its place, or the next start puts it there (`finishRestore`); the copy under
// the old key is then removed.

import { rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { copyFiles } from '../check/copy.ts'
import { type LevelDatabase, rowsIn, type StoredRow } from '../database.ts'
import { everything } from '../keys.ts'
import { holdLock } from '../lock.ts'
import { formatKey } from '../migrations.ts'
import { sealFor } from '../open.ts'
import { Seal, type StoreKeys, sealedWith } from '../seal.ts'
import { sealedLevel } from '../sealed-level.ts'
import { storeError } from '../store-error.ts'
import { beforeRekey, buildStoreOf, finishRestore } from './restore.ts'

/** The store to be encrypted with another key, and both keys. */
export interface RekeyOptions {
  /** The store's directory; no process may have it open. */
  readonly directory: string
  /** The keys that the store may be encrypted with; a plain store needs none. */
  readonly from?: StoreKeys | undefined
  /** The new keys; absent: the store becomes plain. */
  readonly to?: StoreKeys | undefined
}

/** Resolves to the number of rows. Rejects with a `StoreError` and changes nothing. */
export async function rekeyStore({ directory, from, to }: RekeyOptions): Promise<number> {
  const place = resolve(directory)
  await finishRestore(place)
  const release = await holdLock(place)
  try {
    const rows = await writeAnew(place, from, to)
    await rm(`${place}.restored`, { recursive: true, force: true })
    await rename(`${place}.restoring`, `${place}.restored`)
    await rename(place, `${place}${beforeRekey}`)
    await finishRestore(place)
    return rows
  } catch (error) {
    // It may hold rows as plain text.
    await rm(`${place}.restoring`, { recursive: true, force: true })
    throw storeError(place, error, 'unwritable')
  } finally {
    await release()
  }
}

async function writeAnew(place: string, from: RekeyOptions['from'], to: RekeyOptions['to']): Promise<number> {
  const copy = await copyFiles(place)
  const kept: LevelDatabase = new ClassicLevel<string, string>(copy.path)
  try {
    await kept.open()
    const old =
      sealedWith(kept.getSync(formatKey) ?? '') === undefined ? undefined : sealFor(kept, place, from)
    let count = 0
    const seal = to && new Seal(to)
    const rows = async function* (): AsyncGenerator<StoredRow, undefined> {
      for await (const [key, text] of rowsIn(old ? sealedLevel(kept, old) : kept, everything)) {
        count += 1
        yield [key, seal ? seal.seal(key, text) : text]
      }
    }
    await buildStoreOf(`${place}.restoring`, rows())
    return count
  } finally {
    await kept.close()
    await copy.remove()
  }
}
