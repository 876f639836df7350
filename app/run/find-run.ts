// Find run
//
// Owns:   finding the run that the options mean, over or not.
// Leaves: its use (the commands).

import { UserError } from '../errors.ts'
import { dataDirectoryOf, type HostEnvironment, type WhichRun } from '../settings/data-directory.ts'
import { newestRun, type RunRecord, runAt } from './run-directory.ts'

/** `WhichRun`, for commands that can also look at a run before the newest. */
export interface WhichStoredRun extends WhichRun {
  readonly run?: string
}

export interface FoundRun {
  readonly dataDirectory: string
  readonly path: string
  readonly record: RunRecord
}

/** The run that is meant, over or not. */
export async function findRun(options: WhichStoredRun, around: HostEnvironment): Promise<FoundRun> {
  const dataDirectory = dataDirectoryOf(options, around)
  const { run: number } = options
  if (number !== undefined && !/^[1-9]\d{0,8}$/.test(number)) {
    throw new UserError(
      'bad_option',
      `the run is ${JSON.stringify(number)}; expected its number`,
      'For example: 1, the first run on this repository. Without a number, it is the newest.',
    )
  }
  const found = number === undefined ? await newestRun(dataDirectory) : await runAt(dataDirectory, number)
  if (found) return { dataDirectory, ...found }
  throw new UserError(
    'no_run',
    number === undefined
      ? `there is no run in ${dataDirectory}`
      : `there is no run ${number} in ${dataDirectory}; Canopy keeps the last three`,
    "Start one with 'canopy run', or name its repository: --repo DIR, or its data directory: --data DIR.",
  )
}
