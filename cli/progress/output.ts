// Output
//
// Owns:   which of the three forms of a run's output is used.
// Leaves: the port (app/run/output.ts), the forms (live.ts, plain.ts, json.ts).

import type { RunOutput } from '../../app/index.ts'
import { jsonOutput } from './json.ts'
import { liveOutput } from './live.ts'
import { plainOutput } from './plain.ts'
import type { OutputOptions } from './screen.ts'

/** JSON when asked for, live on a terminal that can, plain lines otherwise. */
export function chooseOutput(options: OutputOptions): RunOutput {
  if (options.json) return jsonOutput(options)
  return isLive(options) ? liveOutput(options) : plainOutput(options)
}

function isLive({ screen, env }: OutputOptions): boolean {
  const quiet = env.NO_COLOR || env.CI || env.TERM === 'dumb'
  return screen.isTTY === true && !quiet
}
