// Open
//
// Owns:   opening a store: on disk with LevelDB, or in memory for tests. Errors name the way out.

import { readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { MemoryLevel } from 'memory-level'
import type { LevelDatabase } from './database.ts'
import { lastLetter } from './dead-letters.ts'
import { LevelStore } from './level-store.ts'
import type { LocalStore } from './local-store.ts'
import { formatKey, migrate, UnknownFormat } from './migrations.ts'
import { Seal, type StoreKeys, sealedWith } from './seal.ts'
import { sealedLevel } from './sealed-level.ts'
import { StoreError, storeError } from './store-error.ts'
import { WriteAhead } from './write-ahead.ts'

/** The directory of a store, the durability of its commits, and its encryption. */
export interface StoreOptions {
  /** Created when missing. One process at a time may open it. */
  readonly directory: string
  /** `true`: commits survive a power loss. `false` (default): they survive the death of the process. */
  readonly sync?: boolean
  /** Keys to encrypt a new store and to read an encrypted one. Absent: rows are plain text. */
  readonly keys?: StoreKeys | undefined
}

/** Opens or creates a store on disk. Rejects with a `StoreError`. */
export async function openStore({ directory, ...more }: StoreOptions): Promise<LocalStore> {
  const path = resolve(directory)
  await refuseRuin(path)
  return openLevel(new ClassicLevel<string, string>(path), { directory: path, ...more })
}

/** A store in memory, lost with the process; otherwise it behaves the same. */
export function openMemoryStore(): Promise<LocalStore> {
  return openLevel(new MemoryLevel<string, string>(), { directory: '(memory)' })
}

/** Opens a store on any abstract-level database. */
export async function openLevel(
  disk: LevelDatabase,
  { directory, sync = false, keys }: StoreOptions,
): Promise<LocalStore> {
  try {
    await disk.open()
    const seal = sealFor(disk, directory, keys)
    const level = seal ? sealedLevel(disk, seal) : disk
    await migrate(level)
    const rows = await WriteAhead.open(level, sync)
    return new LevelStore(level, { disk: disk, seal, rows, directory, lastLetter: await lastLetter(level) })
  } catch (error) {
    await disk.close().catch(() => {})
    if (error instanceof UnknownFormat) throw new StoreError('format', directory, error.message, error)
    throw storeError(directory, error, 'unwritable')
  }
}

/** LevelDB treats a directory without its `CURRENT` as new and deletes the remaining files. */
async function refuseRuin(directory: string): Promise<void> {
  const files = await readdir(directory).catch((): string[] => [])
  const hasRows = files.some((file) => /^\d+\.(ldb|sst|log)$/.test(file))
  if (hasRows && !files.includes('CURRENT')) {
    throw new StoreError('unreadable', directory, 'its file CURRENT is missing')
  }
}

/** Throws a `StoreError` when an encrypted store gets no key, or a plain store gets one. */
export function sealFor(
  disk: LevelDatabase,
  directory: string,
  keys: StoreKeys | undefined,
): Seal | undefined {
  const seal = keys && new Seal(keys)
  const format = disk.getSync(formatKey)
  if (format === undefined) return seal
  const id = sealedWith(format)
  if (id === undefined) {
    if (seal) throw new StoreError('not_encrypted', directory, 'it is not encrypted, but a key is given')
    return undefined
  }
  if (seal?.has(id)) return seal
  const given = keys ? `the given keys are ${idsOf(keys)}` : 'no key is given'
  throw new StoreError('encrypted', directory, `it is encrypted with key ${id}, and ${given}`)
}

function idsOf({ current, older }: StoreKeys): string {
  return [current, ...older].map(({ id }) => id).join(', ')
}
