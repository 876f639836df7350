// Open
//
// Owns:   opening a store: on disk with LevelDB, or in memory for tests, with errors that name the way out.

import { readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { MemoryLevel } from 'memory-level'
import type { Level } from './database.ts'
import { lastLetter } from './dead-letters.ts'
import { LevelStore } from './level-store.ts'
import { migrate, UnknownFormat } from './migrations.ts'
import type { Store } from './store.ts'
import { StoreError, storeError } from './store-error.ts'
import { WriteAhead } from './write-ahead.ts'

export interface StoreOptions {
  /** Made when it is missing. One process at a time. */
  readonly directory: string
  /** `true`: safe against loss of power. `false` (default): against the death of the process. */
  readonly sync?: boolean
}

/** Opens or begins a store on disk. Fails with a `StoreError`. */
export async function openStore({ directory, sync = false }: StoreOptions): Promise<Store> {
  const path = resolve(directory)
  await refuseRuin(path)
  return openLevel(new ClassicLevel<string, string>(path), { directory: path, sync })
}

/** A store that is gone with the process; in all else the same. */
export function openMemoryStore(): Promise<Store> {
  return openLevel(new MemoryLevel<string, string>() as object as Level, { directory: '(memory)' })
}

/** Opens a store on any database. */
export async function openLevel(level: Level, { directory, sync = false }: StoreOptions): Promise<Store> {
  try {
    await level.open()
    await migrate(level)
    const rows = await WriteAhead.open(level, sync)
    return new LevelStore(level, { rows, directory, lastLetter: await lastLetter(level) })
  } catch (error) {
    await level.close().catch(() => {})
    if (error instanceof UnknownFormat) throw new StoreError('format', directory, error.message, error)
    throw storeError(directory, error, 'unwritable')
  }
}

/** LevelDB takes a directory that lost its `CURRENT` for a new one, and deletes what is left of the old. */
async function refuseRuin(directory: string): Promise<void> {
  const files = await readdir(directory).catch((): string[] => [])
  const hasRows = files.some((file) => /^\d+\.(ldb|sst|log)$/.test(file))
  if (hasRows && !files.includes('CURRENT')) {
    throw new StoreError('unreadable', directory, 'it has lost its file CURRENT')
  }
}
