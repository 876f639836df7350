// Opening
//
// Owns:   what each part of a run is opened with.
// Leaves: the parts (run-store.ts, run-transport.ts, run-work.ts, run-facts.ts, run-tree.ts, run-control.ts).

import type { Log } from '../logs/write.ts'
import type { Replaying } from '../replay/replaying.ts'
import type { Surroundings } from '../settings/data-directory.ts'
import type { Settings } from '../settings/settings.ts'
import type { Output } from './output.ts'
import type { RunDirectory } from './run-directory.ts'

export interface RunSurroundings {
  readonly version: string
  readonly env: Surroundings['env']
  /** Taken out of all that is kept, shown or asked. */
  readonly secrets: readonly string[]
  readonly log: Log
  /** Aborted when the run is to drain and stop: Ctrl-C, SIGTERM, the launcher's death. */
  readonly stop: AbortSignal
  /** Of a run that is carried out again. */
  readonly replay?: Replaying
}

export interface Opening extends RunSurroundings {
  readonly settings: Settings
  readonly output: Output
  readonly directory: RunDirectory
  /** What is opened is put here; it is closed in reverse order, however the run ends. */
  readonly opened: AsyncDisposableStack
  /** Writes into the log what went wrong without stopping the run. */
  trouble(sentence: string): void
}
