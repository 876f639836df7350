// Analysis
//
// The door of the room that reads sources: comparison of tests, mutants, the repository map.

export { analysis } from './analysis.ts'
export { LastUsed } from './map/last-used.ts'
export { type MapOrdering, orderedMap } from './map/map.ts'
export { isSource } from './map/sources.ts'
export { filesForTask, repositoryMap } from './repository-map.ts'
export { type EarlierChange, similarChanges } from './similar-changes.ts'
