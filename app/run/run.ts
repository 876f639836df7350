// Run
//
// Owns:   one run, from its directory to its end.
// Leaves: what it consists of (open-run.ts), what it is told to do (app/settings/), how it shows itself (output.ts).
//
// U1. What only a run needs is loaded when one begins: help and mistakes are told at once.

import { homedir } from 'node:os'
import { searchPath } from '../../programs/index.ts'
import { isConnectionLost } from '../../transport/index.ts'
import { asUserError } from '../room-errors.ts'
import type { RunSettings } from '../settings/settings.ts'
import type { RunSurroundings } from './opening.ts'
import type { RunEnding, RunOutput } from './output.ts'
import { openRunDirectory } from './run-directory.ts'

const MAX_STARTS = 5

/** Runs until the roadmap is worked through or `stop`. Every fact goes to `output.telemetry`. */
export async function run(
  settings: RunSettings,
  output: RunOutput,
  around: RunSurroundings,
): Promise<RunEnding> {
  try {
    // git, npm, tar and the rest are never taken from the repository, whatever the PATH says.
    process.env.PATH = searchPath(process.env.PATH, [settings.repository], homedir())
    const directory = await openRunDirectory(settings, Date.now())
    if (directory.resumed) output.notice(`continuing the run in ${settings.dataDirectory}`)
    const { runIn } = await import('./open-run.ts')
    return await startAgain(settings, output, (onStart) =>
      runIn(directory, { settings, output, around, onStart }),
    )
  } catch (error) {
    throw asUserError(error)
  }
}

/**
 * Starts once more when the server of Canopy's own went away before the tree was running. From then on the tree waits for it
 * by itself.
 */
async function startAgain(
  { nats }: RunSettings,
  output: RunOutput,
  start: (onStart: () => void) => Promise<RunEnding>,
): Promise<RunEnding> {
  for (let tries = 1; ; tries += 1) {
    let isRunning = false
    try {
      return await start(() => {
        isRunning = true
      })
    } catch (error) {
      const isOver = isRunning || nats !== undefined || tries === MAX_STARTS
      if (isOver || !isConnectionLost(error)) throw error
      output.notice(`nats-server exited at the start (${(error as Error).message}); starting it again`)
    }
  }
}
