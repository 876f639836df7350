// Places of a node
//
// Owns:   the folders of one life of a node, and that they go with it; packages are kept for the next.
//
// P1. One node at a time works in a directory: its store says so.

import { rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openStore, type Store, StoreError } from '../../persistence/index.ts'
import { UserError } from '../errors.ts'

export interface NodePlaces {
  readonly store: Store
  readonly work: string
  readonly dependencies: string
  /** Where a repository would be: there is none. */
  readonly nowhere: string
}

/** A life that was killed left its folders; they are removed first. */
export async function openPlaces(directory: string, opened: AsyncDisposableStack): Promise<NodePlaces> {
  const life = join(directory, 'life')
  const place = join(life, 'store')
  const former = await openOwn(place, directory)
  await former.close()
  await rm(life, { recursive: true, force: true })
  const store = await openOwn(place, directory)
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

async function openOwn(place: string, directory: string): Promise<Store> {
  try {
    return await openStore({ directory: place })
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'locked') throw error
    throw new UserError(
      'in_use',
      `another node is at work in ${directory}`,
      'Give this one a name of its own (--name NAME) or a directory of its own (--data DIR).',
      { cause: error },
    )
  }
}
