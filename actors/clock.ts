// Clock
//
// The exports of the clock that this room's own files import.

export type { Clock } from '../kernel/index.ts'
export { systemClock } from '../platform/index.ts'
