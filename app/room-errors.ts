// Room errors
//
// Owns:   which failures of the rooms the user can put right: the disk, the store, the NATS server.
// Leaves: how they are told (errors.ts). Their messages name the way out themselves.

import { MigrationRefused } from '../actors/index.ts'
import { StoreError } from '../persistence/index.ts'
import { TransportError } from '../transport/index.ts'
import { UserError } from './errors.ts'

/** The same failure as something for the user to do, if it is; otherwise as it came. */
export function asUserError(error: unknown): unknown {
  if (error instanceof StoreError) {
    const wayOut = 'Then run the same command again: it continues from there.'
    return new UserError(error.code, error.message, wayOut, { cause: error })
  }
  if (error instanceof MigrationRefused) {
    const wayOut = 'Nothing was changed: the version that wrote the store can still use it.'
    return new UserError(error.code, error.message, wayOut, { cause: error })
  }
  if (error instanceof TransportError) return new UserError(error.code, error.message, '', { cause: error })
  return error
}
