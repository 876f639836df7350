// Which run
//
// Owns:   the options that say which run is meant, and finding it.
// Leaves: what is done with it (the commands).

import type { Command } from 'commander'
import { dataDirectoryOf, type Surroundings, type WhichRun } from './data-directory.ts'
import { UserError } from './errors.ts'
import { natsOptions } from './nats.ts'
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

export function whichRun(command: Command, nats = true): Command {
  command
    .option('--repo <dir>', 'the repository that is worked on (default: the sample)')
    .option('--data <dir>', "the run's data directory, if one was given to it")
  return nats ? natsOptions(command, 'the NATS server, if one was given to the run') : command
}

export function whichStoredRun(command: Command, nats: boolean): Command {
  return whichRun(command, nats).option('--run <n>', 'the number of the run (default: the newest)')
}

/** The run that is meant, over or not. */
export async function findRun(options: WhichStoredRun, around: Surroundings): Promise<FoundRun> {
  const dataDirectory = dataDirectoryOf(options, around)
  const { run: number } = options
  if (number !== undefined && !/^[1-9]\d{0,8}$/.test(number)) {
    throw new UserError(
      'bad_option',
      `the run is ${JSON.stringify(number)}; expected its number`,
      'For example: 1, the first one on this repository. Left out it is the newest.',
    )
  }
  const found = number === undefined ? await newestRun(dataDirectory) : await runAt(dataDirectory, number)
  if (found) return { dataDirectory, ...found }
  throw new UserError(
    'no_run',
    number === undefined
      ? `there is no run in ${dataDirectory}`
      : `there is no run ${number} in ${dataDirectory}; the last three are kept`,
    "Start one with 'canopy run', or say where one was: --repo DIR, or --data DIR if it was given one.",
  )
}
