// Run facts
//
// Owns:   all facts that readers of a run are told: those of the library, and those of the calls of models.
// Leaves: what the charts say with `emit` (facts.ts), which is the library's fact `emitted`.

import type { Fact } from '../kernel/index.ts'
import type { ModelFact } from './models/model-facts.ts'

export type RunFact = Fact | ModelFact

export type RunTelemetry = (fact: RunFact) => void
