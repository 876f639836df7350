// Terminal
//
// Owns:   what every command is given: the screen, the signals, somebody to ask.
// Leaves: the process itself (main.ts), the commands (commands.ts).

import type { HostEnvironment, NatsOptions, WhichRun } from '../app/index.ts'
import type { Screen } from './progress/screen.ts'

export interface Terminal extends HostEnvironment {
  readonly screen: Screen
  readonly version: string
  readonly now: () => number
  /** Aborted when the user or the system wants an end. */
  readonly stop: AbortSignal
  writeError(text: string): unknown
  /** Asks a question that is answered by yes or no; absent: nobody is there to be asked. */
  confirm?(question: string): Promise<boolean>
  /** Told of a run that begins, should the process have to end at once. */
  onRun(open: OpenRun): void
}

/** The open parts of a running command. */
export interface OpenRun {
  readonly logFile: string
  /** Leaves the screen whole and the log complete; may be called twice, never waits. */
  close(): void
}

export interface AskOptions extends WhichRun, NatsOptions {
  readonly json?: boolean
}
