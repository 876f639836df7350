// Run before
//
// Owns:   the head of the audit log that the store of the run before knows: a new run has a store that knows none.
// Leaves: which run that is (run/run-directory.ts), comparing the log with it (audit-log.ts).

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type LocalStore, openStore, StoreError, type StoreKeys } from '../../persistence/index.ts'
import { type RunDirectory, runBefore } from '../run/run-directory.ts'
import { headIn } from './audit-log.ts'
import type { AuditHead } from './chain.ts'

/** Undefined when no earlier run is kept, or when its store cannot be read; that is told. */
export async function headOfRunBefore(
  directory: Pick<RunDirectory, 'path'>,
  keys: StoreKeys | undefined,
  trouble: (sentence: string) => void,
): Promise<AuditHead | undefined> {
  const run = await runBefore(directory)
  const path = run && join(run, 'store')
  if (path === undefined || !(await stat(path).catch(() => undefined))) return undefined
  try {
    const store = await openEitherWay(path, keys)
    return await headIn(store).finally(() => store.close())
  } catch (error) {
    trouble(
      `the newest entry of the audit log was not compared with the previous run: ${(error as Error).message}`,
    )
    return undefined
  }
}

/** The earlier run may be of a time when no key was given. */
function openEitherWay(directory: string, keys: StoreKeys | undefined): Promise<LocalStore> {
  return openStore({ directory, keys }).catch((error: unknown) => {
    if (error instanceof StoreError && error.code === 'not_encrypted') return openStore({ directory })
    throw error
  })
}
