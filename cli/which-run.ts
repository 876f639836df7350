// Which run
//
// Owns:   the options that say which run is meant.
// Leaves: finding it (app/run/find-run.ts).

import type { Command } from 'commander'
import { natsOptions } from './nats-options.ts'

export function whichRun(command: Command, nats = true): Command {
  command
    .option('--repo <dir>', 'the repository of the run (default: the sample)')
    .option('--data <dir>', 'the data directory of the run, if it has one of its own')
  return nats ? natsOptions(command, 'the NATS server of the run, if it has not started its own') : command
}

export function whichStoredRun(command: Command, nats: boolean): Command {
  return whichRun(command, nats).option('--run <n>', 'the number of the run (default: the newest)')
}
