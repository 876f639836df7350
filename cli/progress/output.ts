// Output
//
// Owns:   the port through which a run shows itself, and which of its three forms is used.
// Leaves: what a run is (run.ts), the forms (live.ts, plain.ts, json.ts).
//
// O1. A form never throws into a run and never waits: what cannot be written (a closed pipe) is lost.
// O2. `close` may be called at any time and twice; nothing is written after it.

import type { RunReport, RunTelemetry } from '../../machines/index.ts'
import { jsonOutput } from './json.ts'
import { liveOutput } from './live.ts'
import { plainOutput } from './plain.ts'

/** How a run ended: with a report, or because it was told to stop and will go on when it is started again. */
export type Ending =
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

export interface Output {
  /** To be given every fact. */
  readonly telemetry: RunTelemetry
  /** A sentence for people: what is being fetched, a warning. */
  notice(sentence: string): void
  /** The last word of a run. */
  finish(ending: Ending, totals?: Partial<Totals>): void
  close(): void
}

/** The part of a stream that is needed: `process.stdout`, or a list in a test. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
}

export interface OutputOptions {
  readonly screen: Screen
  readonly env: Readonly<Record<string, string | undefined>>
  readonly json: boolean
  readonly repository: string
  readonly now: () => number
}

/** JSON when asked for, live on a terminal that can, plain lines otherwise. */
export function chooseOutput(options: OutputOptions): Output {
  if (options.json) return jsonOutput(options)
  return isLive(options) ? liveOutput(options) : plainOutput(options)
}

function isLive({ screen, env }: OutputOptions): boolean {
  const quiet = env.NO_COLOR || env.CI || env.TERM === 'dumb'
  return screen.isTTY === true && !quiet
}
