// Places of a node
//
// Owns:   the folders of one life of a node, and that they go with it; packages are kept for the next.
//
// P1. One node at a time works in a directory: its store says so.

import { rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type LocalStore, openStore, StoreError, type StoreKeys } from '../../persistence/index.ts'
import { UserError } from '../errors.ts'
import type { HostEnvironment } from '../settings/data-directory.ts'
import { storeKeysFor } from '../store-key/store-key.ts'

export interface NodePlaces {
  readonly store: LocalStore
  readonly work: string
  readonly dependencies: string
  /** Where a repository would be: there is none. */
  readonly nowhere: string
}

/** A life that was killed left its folders; they are removed first. */
export async function openPlaces(
  directory: string,
  env: HostEnvironment['env'],
  opened: AsyncDisposableStack,
): Promise<NodePlaces> {
  const keys = await storeKeysFor(directory, env)
  const life = join(directory, 'life')
  const place = join(life, 'store')
  await openOwn(place, directory, keys).then((former) => former.close(), unlessOtherKey)
  await rm(life, { recursive: true, force: true })
  const store = await openOwn(place, directory, keys)
  opened.defer(async () => {
    await store.close()
    await rm(life, { recursive: true, force: true, maxRetries: 3 })
    // Unless packages are kept in it.
    await rmdir(directory).catch(() => {})
  })
  return {
    store,
    work: join(life, 'work'),
    dependencies: join(directory, 'dependencies'),
    nowhere: join(life, 'repository'),
  }
}

/** A former process may have had another key: its files are removed unread. */
function unlessOtherKey(error: unknown): void {
  const code = error instanceof StoreError ? error.code : undefined
  if (code !== 'encrypted' && code !== 'not_encrypted') throw error
}

async function openOwn(place: string, directory: string, keys: StoreKeys | undefined): Promise<LocalStore> {
  try {
    return await openStore({ directory: place, keys })
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'locked') throw error
    throw new UserError(
      'in_use',
      `another node uses ${directory}`,
      'Give this node its own directory: --data DIR.',
      { cause: error },
    )
  }
}
