// Node output
//
// Owns:   the port through which a node shows itself.
// Leaves: the lines (cli/nodes/node-output.ts).

import type { RunFact } from '../../machines/index.ts'

interface JoinFact {
  readonly system: string
  readonly name: string
  readonly workers: number
}

export interface NodeOutput {
  joined(to: JoinFact): void
  telemetry(fact: RunFact): void
  notice(sentence: string): void
  /** From now on it does nothing more for the run. */
  leaving(reason: string): void
  /** The last word: it has left nothing. */
  left(): void
}
