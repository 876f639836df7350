// List backups
//
// Owns:   the backups of a run, each with whether it is sound.
// Leaves: writing them (backups.ts), what makes one sound (persistence/).

import { join } from 'node:path'
import { backupIds, verifyBackup } from '../../persistence/index.ts'
import type { FoundRun } from '../run/find-run.ts'
import { backupsOf } from '../run/run-directory.ts'

/** A backup; `damaged` says why it cannot be restored. */
export interface ListedBackup {
  readonly id: string
  readonly damaged?: string
  /** Milliseconds since the Unix epoch. */
  readonly at?: number
  readonly rows?: number
  readonly bytes?: number
}

/** The backups of a run, newest first. Reads each one whole. */
export async function listBackups(run: FoundRun): Promise<ListedBackup[]> {
  const backups = backupsOf(run)
  const listed: ListedBackup[] = []
  for (const id of await backupIds(backups)) {
    const verified = await verifyBackup(join(backups, id))
    listed.push(verified.kind === 'sound' ? verified.manifest : { id, damaged: verified.reason })
  }
  return listed
}
