// Output
//
// Owns:   the port through which a run shows itself.
// Leaves: the forms (cli/progress/).
//
// O1. A form never throws into a run and never waits: what cannot be written (a closed pipe) is lost.
// O2. `close` may be called at any time and twice; nothing is written after it.

import type { RunReport, RunTelemetry } from '../../machines/index.ts'

/** How a run ended: with a report, or because it was told to stop and will go on when it is started again. */
export type RunEnding =
  | {
      readonly kind: 'finished'
      readonly report: RunReport
      /** The git repository in which work that was not merged can be looked at. */
      readonly clone?: string
    }
  | { readonly kind: 'interrupted' }

/** What only the whole run knows when this process saw but the end of it. */
export interface Totals {
  readonly restarts: number
  readonly seconds: number
}

export interface RunOutput {
  /** To be given every fact. */
  readonly telemetry: RunTelemetry
  /** A sentence for people: a download, a warning. */
  notice(sentence: string): void
  /** The last word of a run. */
  finish(ending: RunEnding, totals?: Partial<Totals>): void
  close(): void
}
