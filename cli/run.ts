// Run
//
// Owns:   putting a run together: store, transport, actors, workspace, providers; starting it, letting it end.
// Leaves: what it is told to do (settings.ts), how it shows itself (progress/output.ts).

import type { Log } from './logs/write.ts'
import type { Output } from './progress/output.ts'
import type { Settings } from './settings.ts'

export interface RunSurroundings {
  readonly log: Log
  /** Aborted when the run is to drain and stop: Ctrl-C, SIGTERM, the launcher's death. */
  readonly stop: AbortSignal
}

/** Runs until the roadmap is worked through or `stop`; the exit code. Every fact goes to `output.telemetry`. */
export async function run(_settings: Settings, _output: Output, _around: RunSurroundings): Promise<number> {
  throw new Error('not wired yet')
}
