// Restore
//
// Owns:   replacing a store by a backup, and finishing that after the process died in between.
//
// The old store is moved aside, never deleted.
//
// A backup is used only after all of it was read and its checksum matched; a damaged one is reported, and the next
// older one is tried.
//
// At any interruption the old store is in its place, or the next start finishes the new one.

import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { type Operation, type StoredRow, writeBatch } from '../database.ts'
import { holdLock } from '../lock.ts'
import { StoreError, storeError } from '../store-error.ts'
import { type BackupManifest, backupIds } from './manifest.ts'
import { rowsOf, verifyBackup } from './verify.ts'

/** The store to replace, and the backup to use. */
export interface RestoreOptions {
  /** The store's directory. */
  readonly directory: string
  readonly backups: string
  /** The id of the backup to restore; by default the newest sound one. */
  readonly from?: string
}

/** The result of a restore. */
export interface RestoreResult {
  readonly manifest: BackupManifest
  /** Newer backups that are damaged, with the reason. */
  readonly damaged: readonly { readonly id: string; readonly reason: string }[]
  /** The new path of the old store. */
  readonly aside: string | undefined
}

/**
 * Puts a backup in the place of a store; the store that was there is moved aside, never deleted. A damaged backup is skipped, and the
 * next older one is taken, unless `from` names one. Fails with a `StoreError`: `locked` while a process has the store open, `no_backup`
 * without a sound backup, `unwritable`.
 */
export async function restoreStore({ directory, backups, from }: RestoreOptions): Promise<RestoreResult> {
  const place = resolve(directory)
  const release = await holdLock(place)
  try {
    const { manifest, damaged } = await choose(place, backups, from)
    try {
      await buildStore(`${place}.restoring`, join(backups, manifest.id))
      await rm(`${place}.restored`, { recursive: true, force: true })
      await rename(`${place}.restoring`, `${place}.restored`)
      const aside = await moveAside(place)
      await finishRestore(place)
      return { manifest, damaged, aside }
    } catch (error) {
      await rm(`${place}.restoring`, { recursive: true, force: true })
      throw storeError(place, error, 'unwritable')
    }
  } finally {
    await release()
  }
}

/** Call before opening a store: puts a restored store in its place after an interruption. */
export async function finishRestore(directory: string): Promise<void> {
  const place = resolve(directory)
  if (!(await exists(place)) && (await exists(`${place}.restored`))) await rename(`${place}.restored`, place)
  // The copy under the old key is removed after the new store is in its place.
  if (await exists(place)) await rm(`${place}${beforeRekey}`, { recursive: true, force: true })
}

/** The ending of the directory of a store that is being re-encrypted. */
export const beforeRekey = '.before-rekey'

async function choose(
  place: string,
  backups: string,
  from: string | undefined,
): Promise<Pick<RestoreResult, 'manifest' | 'damaged'>> {
  const ids = await backupIds(backups)
  if (from !== undefined && !ids.includes(from)) {
    throw new StoreError('no_backup', place, `there is no backup '${from}' in ${backups}`)
  }
  const damaged: { id: string; reason: string }[] = []
  for (const id of from === undefined ? ids : [from]) {
    const verified = await verifyBackup(join(backups, id))
    // The folder may have been copied under another number than its manifest has.
    if (verified.kind === 'sound') return { manifest: { ...verified.manifest, id }, damaged }
    damaged.push({ id, reason: verified.reason })
  }
  const told = damaged.map(({ id, reason }) => `${id}: ${reason}`).join('; ')
  throw new StoreError(
    'no_backup',
    place,
    told === '' ? `there is no backup in ${backups}` : `no backup is sound (${told})`,
  )
}

const MAX_BATCH_ROWS = 1000

/** Builds a store from the rows of a backup. */
export async function buildStore(target: string, backup: string): Promise<void> {
  return buildStoreOf(target, rowsOf(backup))
}

/** Builds a store from these rows, unchanged. */
export async function buildStoreOf(target: string, rows: AsyncIterable<StoredRow>): Promise<void> {
  await rm(target, { recursive: true, force: true })
  await mkdir(target, { recursive: true, mode: 0o700 })
  const level = new ClassicLevel<string, string>(target)
  try {
    await level.open()
    let batch: Operation[] = []
    for await (const row of rows) {
      if (batch.push(row) < MAX_BATCH_ROWS) continue
      await writeBatch(level, batch, false)
      batch = []
    }
    await writeBatch(level, batch, true)
  } finally {
    await level.close()
  }
}

async function moveAside(place: string): Promise<string | undefined> {
  if (!(await exists(place))) return undefined
  for (let number = 1; ; number += 1) {
    const aside = `${place}.before-restore-${number}`
    if (await exists(aside)) continue
    await rename(place, aside)
    return aside
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
