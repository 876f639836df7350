// Backups of a run
//
// Owns:   that a run backs its store up, by itself and when asked.
// Leaves: the format (persistence/backup/), mail in flight (actors/).

import { z } from 'zod'
import { type MailInFlight, systemClock } from '../../actors/index.ts'
import { Backups, type StoreRows } from '../../persistence/index.ts'
import { defineVerb } from '../control/control-verb.ts'
import type { RunLog } from '../logs/write.ts'
import { backupsOf, type RunDirectory } from '../run/run-directory.ts'
import type { RunSettings } from '../settings/settings.ts'

interface RunBackups {
  readonly store: StoreRows
  readonly mail: MailInFlight
  readonly directory: Pick<RunDirectory, 'path'>
  readonly settings: Pick<RunSettings, 'backupEvery' | 'keepBackups'>
  readonly log: RunLog
}

export function openBackups({ store, mail, directory, settings, log }: RunBackups): Backups {
  return new Backups({
    store,
    backups: backupsOf(directory),
    everyMs: settings.backupEvery * 60_000,
    keep: settings.keepBackups,
    clock: systemClock,
    facts: () => mail.facts(),
    onBackup: ({ id, rows, bytes }) => log.logger.info({ id, rows, bytes }, 'the store was backed up'),
    onFailure: (error) => log.logger.error({ error }, 'the store cannot be backed up; the run continues'),
  })
}

/** The verb `backup`: writes one now. */
export const backupVerb = defineVerb({
  name: 'backup',
  class: 'change',
  hasOwnSubject: true,
  input: z.unknown(),
  answer: (_input, { backups }: { readonly backups: Pick<Backups, 'take'> }) => backups.take(),
})
