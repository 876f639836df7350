// Node surroundings
//
// Owns:   what a node is given besides its settings, and how it ends.
// Leaves: the settings (node-settings.ts), running it (run-node.ts).

import type { HostEnvironment } from '../settings/data-directory.ts'
import type { NodeOutput } from './node-output.ts'

export interface NodeSurroundings {
  readonly env: HostEnvironment['env']
  readonly version: string
  readonly output: NodeOutput
  /** Aborted when it is to leave. */
  readonly stop: AbortSignal
}

/** `lost`: the server could not be reached in time, and others have its work. */
export type NodeExit = 'left' | 'lost'
