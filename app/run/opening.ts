// Opening
//
// Owns:   what each part of a run is opened with.
// Leaves: the parts (run-store.ts, run-transport.ts, run-work.ts, run-facts.ts, run-tree.ts, run-control.ts).

import type { RunLog } from '../logs/write.ts'
import type { Replaying } from '../replay/replaying.ts'
import type { HostEnvironment } from '../settings/data-directory.ts'
import type { RunSettings } from '../settings/settings.ts'
import type { RunOutput } from './output.ts'
import type { RunDirectory } from './run-directory.ts'

export interface RunSurroundings {
  readonly version: string
  readonly env: HostEnvironment['env']
  /** Taken out of all that is kept, shown or asked. */
  readonly secrets: readonly string[]
  readonly log: RunLog
  /** Aborted when the run is to drain and stop: Ctrl-C, SIGTERM, the launcher's death. */
  readonly stop: AbortSignal
  /** Of a run that is carried out again. */
  readonly replay?: Replaying
}

export interface Opening extends RunSurroundings {
  readonly settings: RunSettings
  readonly output: RunOutput
  readonly directory: RunDirectory
  /** Opened parts are put here; they are closed in reverse order, however the run ends. */
  readonly opened: AsyncDisposableStack
  /** Writes into the log what went wrong without stopping the run. */
  trouble(sentence: string): void
}
