// Rekey store
//
// Owns:   writing the store of a run with another key, or as plain text.
// Leaves: where keys come from (app/store-key/), how rows are sealed (persistence/).

import { join } from 'node:path'
import { rekeyStore } from '../../persistence/index.ts'
import { UserError } from '../errors.ts'
import { asUserError } from '../room-errors.ts'
import type { FoundRun } from '../run/find-run.ts'
import type { HostEnvironment } from '../settings/data-directory.ts'
import { nextStoreKeysFor, storeKeysFor } from '../store-key/store-key.ts'

export interface RekeyedStore {
  readonly rows: number
  /** The id of the key; null: it is plain text now. */
  readonly key: string | null
}

/** Encrypts all rows with the next key of the environment, or decrypts them. */
export async function rekeyRunStore(
  run: FoundRun,
  { env, plain }: { readonly env: HostEnvironment['env']; readonly plain: boolean },
): Promise<RekeyedStore> {
  const directory = join(run.path, 'store')
  const given = await storeKeysFor(run.dataDirectory, env)
  if (!given) {
    const wayOut = 'Give the keys, the new one first: CANOPY_STORE_KEY_FILE=FILE. To decrypt, add --plain.'
    throw new UserError('no_store_key', 'no store key is given', wayOut)
  }
  const to = plain ? undefined : await nextStoreKeysFor(run.dataDirectory, env)
  const rows = await rekeyStore({ directory, from: given, to }).catch((error: unknown) => {
    throw asUserError(error)
  })
  return { rows, key: to?.current.id ?? null }
}
