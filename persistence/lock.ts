// Lock
//
// Owns:   keeping others away from a store's directory without opening it: opening changes files.
//
// K1. It is the lock that LevelDB itself takes, so whoever has the store open is noticed and cannot open it meanwhile.

import { mkdtemp, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { storeError } from './store-error.ts'

/** Fails with a `StoreError` of code `locked`. The returned function lets go. */
export async function holdLock(directory: string): Promise<() => Promise<void>> {
  const lock = join(directory, 'LOCK')
  if (!(await stat(lock).catch(() => undefined))) return async () => {}
  // An empty database whose lock is that of the store.
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
