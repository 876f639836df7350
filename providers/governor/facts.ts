// Governor facts
//
// Owns:   the name by which this room knows what it tells (machines/models/model-facts.ts).

export type { ModelFact as GovernorFact } from '../../machines/index.ts'
