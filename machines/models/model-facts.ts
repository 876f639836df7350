// Model facts
//
// Telemetry of model calls, for people: tries, limits, reactions of a vendor. No decision depends on it.
// Leaves: emitting it (providers/governor/).

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
  /** A question ended without a reply; not when its caller gave it up. */
  | {
      readonly type: 'model.failed'
      readonly model: string
      readonly key: string
      readonly kind: FailureKind
      readonly message: string
    }
  /** The vendor asked for less: the number of calls at once is now this. */
  | {
      readonly type: 'model.throttled'
      readonly model: string
      readonly reason: FailureKind
      readonly concurrency: number
      readonly retryAfterMs: number | undefined
    }
  | { readonly type: 'model.breaker_opened'; readonly model: string; readonly until: number }
  /** One call tests whether the model answers again. */
  | { readonly type: 'model.breaker_half_open'; readonly model: string }
  | { readonly type: 'model.breaker_closed'; readonly model: string }
  /** Per minute, as far as the vendor told. */
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
  /** No request is sent until then; without a time, until `resume`. */
  | {
      readonly type: 'model.paused'
      readonly model: string
      readonly reason: FailureKind
      readonly message: string
      readonly until: number | undefined
    }
  | { readonly type: 'model.resumed'; readonly model: string }
