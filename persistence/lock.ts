// Lock
//
// Owns:   locking a store's directory without opening it: opening changes files.
//
// The lock is LevelDB's own, so a process that has the store open is detected, and none can open it meanwhile.

import { mkdtemp, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { storeError } from './store-error.ts'

/** Rejects with a `StoreError` of code `locked`. The returned function releases the lock. */
export async function holdLock(directory: string): Promise<() => Promise<void>> {
  const lock = join(directory, 'LOCK')
  if (!(await stat(lock).catch(() => undefined))) return async () => {}
  // An empty database that uses the lock file of the store.
  const empty = await mkdtemp(join(tmpdir(), 'canopy-lock-'))
  await symlink(lock, join(empty, 'LOCK'))
  const level = new ClassicLevel<string, string>(empty)
  const release = async (): Promise<void> => {
    await level.close()
    await rm(empty, { recursive: true, force: true })
  }
  try {
    await level.open()
    return release
  } catch (error) {
    await release()
    throw storeError(directory, error, 'unreadable')
  }
}
