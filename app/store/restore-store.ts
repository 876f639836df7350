// Restore store
//
// Owns:   replacing the store of a run by a backup, and whether the given keys open it.
// Leaves: how it is replaced (persistence/).

import { join } from 'node:path'
import {
  finishRestore,
  openStore,
  type RestoreResult,
  restoreStore,
  StoreError,
} from '../../persistence/index.ts'
import { asUserError } from '../room-errors.ts'
import type { FoundRun } from '../run/find-run.ts'
import { backupsOf } from '../run/run-directory.ts'
import type { HostEnvironment } from '../settings/data-directory.ts'
import { storeKeysFor } from '../store-key/store-key.ts'

export interface RestoredStore extends RestoreResult {
  /** Why it cannot be opened with the keys that are given. */
  readonly unreadable?: string
}

/** `from` is the id of a backup; by default the newest that is sound. */
export async function restoreRunStore(
  run: FoundRun,
  { env, from }: { readonly env: HostEnvironment['env']; readonly from: string | undefined },
): Promise<RestoredStore> {
  const directory = join(run.path, 'store')
  const keys = await storeKeysFor(run.dataDirectory, env)
  await finishRestore(directory)
  const backups = backupsOf(run)
  const restored = await restoreStore({ directory, backups, ...(from !== undefined && { from }) }).catch(
    (error: unknown) => {
      throw asUserError(error)
    },
  )
  const unreadable = await whyUnreadable({ directory, keys })
  return { ...restored, ...(unreadable !== undefined && { unreadable }) }
}

/** A backup keeps the key that it was written with, which need not be one that is given now. */
async function whyUnreadable(place: Parameters<typeof openStore>[0]): Promise<string | undefined> {
  try {
    await (await openStore(place)).close()
    return undefined
  } catch (error) {
    if (error instanceof StoreError) return error.message
    throw error
  }
}
