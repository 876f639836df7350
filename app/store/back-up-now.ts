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
    `nothing runs on ${path}`,
    `A backup is written while the system runs, for only then it is known which mail is under way. While nothing runs, a copy of ${path} is one.`,
  )
  const connection = await connect(which).catch((error: unknown) => {
    throw error instanceof UserError && ['no_responder', 'unreachable'].includes(error.code) ? idle : error
  })
  try {
    const reply = await connection.control.request('backup', {}, TIMEOUT_MS)
    if (reply.ok) return reply.value as BackupManifest
    if (reply.error.code === 'no_responder') throw idle
    const wayOut = 'What was stored and backed up before is unharmed. Put it right and try again.'
    throw new UserError(reply.error.code, oneLine(reply.error.message), wayOut)
  } finally {
    await connection.close()
  }
}
