// Question
//
// Owns:   the form of a question to models.
// Leaves: its answer (ModelResult), the call of the chain of models (chain-call.ts), the door (asker.ts).

import type { ModelRequest } from '../../machines/index.ts'

export interface ModelQuestion {
  /** Names of models, the preferred first. */
  readonly chain: readonly string[]
  readonly request: ModelRequest
  /** The effect's idempotency key. */
  readonly key: string
  readonly signal: AbortSignal
  /** Questions of one lane share its turns; by default each question has its own lane. */
  readonly lane?: string
}
