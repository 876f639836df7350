// Governor facts
//
// Owns:   this room's name for its facts (machines/models/model-facts.ts).

export type { ModelFact as GovernorFact } from '../../machines/index.ts'
