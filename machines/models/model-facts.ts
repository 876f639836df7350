// Model facts
//
// Owns:   what is told of the calls of models, for people to see: tries, limits, what a vendor does to a run. Nothing
//         depends on it.
// Leaves: who tells it (providers/governor/).

import type { FailureKind, ModelFailure, RateLimit } from './model-call.ts'
import type { Usage } from './usage.ts'

export type ModelFact =
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
  /** One call tries whether it answers again. */
  | { readonly type: 'model.breaker_half_open'; readonly model: string }
  | { readonly type: 'model.breaker_closed'; readonly model: string }
  /** In a minute, as far as the vendor said. */
  | {
      readonly type: 'model.limits_learnt'
      readonly model: string
      readonly limits: Readonly<Partial<Record<RateLimit['of'], number>>>
    }
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
