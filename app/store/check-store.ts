// Check store
//
// Owns:   checking the store of a run, or one of its backups.
// Leaves: the checks (persistence/), printing (cli/store/).

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  backupIds,
  type CheckReport,
  checkBackup,
  checkStore,
  finishRestore,
  StoreError,
} from '../../persistence/index.ts'
import { UserError } from '../errors.ts'
import { asUserError } from '../room-errors.ts'
import { definitions } from '../run/definitions.ts'
import type { FoundRun } from '../run/find-run.ts'
import { backupsOf } from '../run/run-directory.ts'
import type { HostEnvironment } from '../settings/data-directory.ts'
import { storeKeysFor } from '../store-key/store-key.ts'

interface StoreCheck {
  readonly env: HostEnvironment['env']
  /** Milliseconds since the Unix epoch. */
  readonly now: number
  /** Check this backup instead, by its id; `true`: the newest. */
  readonly backup?: string | true | undefined
}

/** Fails with a UserError: `no_store`, `no_backup`, or `in_use` while a run has the store open. */
export async function checkRunStore(run: FoundRun, { env, now, backup }: StoreCheck): Promise<CheckReport> {
  const options = { definitions, now, keys: await storeKeysFor(run.dataDirectory, env) }
  const directory = join(run.path, 'store')
  if (backup !== undefined) {
    const backups = backupsOf(run)
    const ids = await backupIds(backups)
    const id = backup === true ? ids[0] : ids.find((each) => each === backup)
    if (id !== undefined) return checkBackup(join(backups, id), options)
    const which = backup === true ? 'no backup' : `no backup '${backup}'`
    throw new UserError('no_backup', `there is ${which} in ${backups}`, "'canopy store backups' lists them.")
  }
  await finishRestore(directory)
  if (!(await stat(directory).catch(() => undefined))) {
    throw new UserError('no_store', `there is no store in ${run.path}`, "'canopy run' makes one.")
  }
  return checkStore(directory, options).catch((error: unknown) => {
    if (!(error instanceof StoreError) || error.code !== 'locked') throw asUserError(error)
    throw new UserError(
      'in_use',
      `a run has ${directory} open, and a store belongs to one process`,
      "Check its newest backup: 'canopy store check --backup'; 'canopy store backup' makes a new one. Or stop the run first.",
      { cause: error },
    )
  })
}
