// Run store
//
// Owns:   opening the store of a run, with its keys.
//
// S1. It is the first that is opened: it tells that another process runs on the same data.

import { join } from 'node:path'
import {
  finishRestore,
  type LocalStore,
  openStore,
  StoreError,
  type StoreKeys,
} from '../../persistence/index.ts'
import { UserError } from '../errors.ts'
import type { RunSettings } from '../settings/settings.ts'
import { storeKeysFor } from '../store-key/store-key.ts'
import type { Opening } from './opening.ts'
import type { RunDirectory } from './run-directory.ts'

export interface RunStore {
  readonly store: LocalStore
  /** Undefined: it is kept as plain text. */
  readonly keys: StoreKeys | undefined
}

export async function openRunStore({ settings, directory, env, opened }: Opening): Promise<RunStore> {
  const keys = await storeKeysFor(settings.dataDirectory, env)
  return { keys, store: opened.adopt(await openStoreIn(directory, settings, keys), (each) => each.close()) }
}

async function openStoreIn(
  { path }: RunDirectory,
  { sync, dataDirectory }: RunSettings,
  keys: StoreKeys | undefined,
): Promise<LocalStore> {
  try {
    const directory = join(path, 'store')
    await finishRestore(directory)
    return await openStore({ directory, sync, keys })
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'locked') throw error
    throw new UserError(
      'in_use',
      `another run is active in ${dataDirectory}`,
      "'canopy status' shows it and Ctrl-C stops it. Or use another directory: --data DIR",
      { cause: error },
    )
  }
}
