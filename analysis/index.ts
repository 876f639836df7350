// Analysis
//
// Owns:   the door of what reads source: comparison of tests, mutants, the repository map.

export { analysis } from './analysis.ts'
export { repositoryMap } from './repository-map.ts'
