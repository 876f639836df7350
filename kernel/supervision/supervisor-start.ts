// Supervisor start
//
// Owns:   the flags and first children that a supervisor begins with.
// Leaves: checking them (supervisor-given.ts).

import type { Strategy } from './child-spec.ts'
import type { ChildTemplate } from './supervisor-given.ts'

/** The flags and children that a supervisor starts with. */
export interface SupervisorStart {
  readonly strategy: Strategy
  readonly children: readonly ChildTemplate[]
}
