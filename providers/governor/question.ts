// Question
//
// Owns:   the form of a question to models, and of its answer.
// Leaves: its way through a chain of models (course.ts), the door (asker.ts).

import type { ModelFailure, ModelReply, ModelRequest, Usage } from '../../machines/index.ts'

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

/** What a try took that did not answer. */
export interface UnusedUsage {
  readonly model: string
  readonly usage: Usage
}

export type ModelAnswer =
  | { readonly kind: 'replied'; readonly reply: ModelReply; readonly lost: readonly UnusedUsage[] }
  /** No model of the chain may be asked for now, by anybody. Without a time, until somebody resumes. */
  | {
      readonly kind: 'paused'
      readonly model: string
      readonly message: string
      readonly retryAfterMs?: number
      readonly lost: readonly UnusedUsage[]
    }
  /** Its remedy (`remedyOf`) says what to do; all tries that made sense were made. */
  | {
      readonly kind: 'failed'
      readonly model: string
      readonly failure: ModelFailure
      readonly lost: readonly UnusedUsage[]
    }
