// Analysis
//
// The door of the room that reads sources: comparison of tests, mutants, the repository map.

export { analysis } from './analysis.ts'
export { repositoryMap } from './repository-map.ts'
