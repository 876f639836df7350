// Which run
//
// Owns:   the options that say which run is meant.
// Leaves: finding it (app/run/find-run.ts).

import type { Command } from 'commander'
import { natsOptions } from './nats-options.ts'

export function whichRun(command: Command, nats = true): Command {
  command
    .option('--repo <dir>', 'the repository that is worked on (default: the sample)')
    .option('--data <dir>', "the run's data directory, if one was given to it")
  return nats ? natsOptions(command, 'the NATS server, if one was given to the run') : command
}

export function whichStoredRun(command: Command, nats: boolean): Command {
  return whichRun(command, nats).option('--run <n>', 'the number of the run (default: the newest)')
}
