// Run facts
//
// All telemetry of a run: the library's, and that of model calls.
// Leaves: what the charts emit (facts.ts), which the library delivers as `emitted`.

import type { Fact } from '../kernel/index.ts'
import type { ModelFact } from './models/model-facts.ts'

export type RunFact = Fact | ModelFact

export type RunTelemetry = (fact: RunFact) => void
