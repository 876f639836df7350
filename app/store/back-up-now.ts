// Back up now
//
// Owns:   asking a running system for a backup.
// Leaves: writing it (backups.ts).

import type { BackupManifest } from '../../persistence/index.ts'
import { UserError } from '../errors.ts'
import { connect, type WhichSystem } from '../run/connect.ts'
import { oneLine } from '../words.ts'

const TIMEOUT_MS = 600_000

/** Asks the running system for a backup; waits up to 10 min. `path` is the directory of its run. */
export async function backUpNow(which: WhichSystem, path: string): Promise<BackupManifest> {
  const idle = new UserError(
    'no_responder',
    `no run is active in ${path}`,
    `A backup is written by the running system, which knows the undelivered mail. Without a running system, copy ${path}.`,
  )
  const connection = await connect(which).catch((error: unknown) => {
    throw error instanceof UserError && ['no_responder', 'unreachable'].includes(error.code) ? idle : error
  })
  try {
    const reply = await connection.control.request('backup', {}, TIMEOUT_MS)
    if (reply.ok) return reply.value as BackupManifest
    if (reply.error.code === 'no_responder') throw idle
    const wayOut = 'The store and earlier backups are unharmed. Fix the cause and try again.'
    throw new UserError(reply.error.code, oneLine(reply.error.message), wayOut)
  } finally {
    await connection.close()
  }
}
