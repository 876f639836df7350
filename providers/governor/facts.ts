// Governor facts
//
// Owns:   what a governor tells of its calls, for people to see. Nothing depends on it.

import type { FailureKind, ModelFailure, Usage } from '../../machines/index.ts'

export type GovernorFact =
  | { readonly type: 'model.started'; readonly model: string; readonly key: string; readonly try: number }
  | {
      readonly type: 'model.replied'
      readonly model: string
      readonly key: string
      readonly ms: number
      readonly usage: Usage
    }
  | {
      readonly type: 'model.retried'
      readonly model: string
      readonly key: string
      readonly try: number
      readonly failure: ModelFailure
      readonly afterMs: number
    }
  /** The vendor wants less; so many may be under way from now on. */
  | {
      readonly type: 'model.throttled'
      readonly model: string
      readonly reason: FailureKind
      readonly concurrency: number
      readonly retryAfterMs: number | undefined
    }
  | { readonly type: 'model.breaker_opened'; readonly model: string; readonly until: number }
  | { readonly type: 'model.breaker_closed'; readonly model: string }
  | {
      readonly type: 'model.fell_back'
      readonly key: string
      readonly from: string
      readonly to: string
      readonly reason: string
    }
  /** Nothing more is sent until then; until `resume` when no time is known. */
  | {
      readonly type: 'model.paused'
      readonly model: string
      readonly reason: FailureKind
      readonly message: string
      readonly until: number | undefined
    }
  | { readonly type: 'model.resumed'; readonly model: string }
