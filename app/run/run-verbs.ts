// Run verbs
//
// Owns:   the list of the development system's control verbs.
// Leaves: each verb to its file; verbs of the library (actors/) and of nodes (app/nodes/home-server.ts).

import type { NodeView } from '../../actors/index.ts'
import type { Backups } from '../../persistence/index.ts'
import { budgetVerb } from '../budget/verb.ts'
import type { ControlVerb } from '../control/control-verb.ts'
import type { NodeRegistry } from '../nodes/node-registry.ts'
import { nodesVerb } from '../nodes/nodes-verb.ts'
import { backupVerb } from '../store/backups.ts'

/** The parts of a run that answers are made of. */
interface VerbParts {
  readonly tree: NodeView
  readonly backups: Backups
  readonly registry: NodeRegistry
  /** `since`: milliseconds since the Unix epoch. */
  readonly about: { readonly workers: number; readonly since: number; readonly build: string }
}

export const runVerbs: readonly ControlVerb<VerbParts>[] = [
  // One line for each.
  backupVerb,
  budgetVerb,
  nodesVerb,
]
