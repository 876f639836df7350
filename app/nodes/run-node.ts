// Run node
//
// Owns:   one node, from its settings to its end.
// Leaves: its work (work-for-run.ts), which is loaded when it begins.

import { asUserError } from '../room-errors.ts'
import type { NodeSettings } from './node-settings.ts'
import type { NodeExit, NodeSurroundings } from './node-surroundings.ts'

/** Works until the run is over, it is stopped or it loses its lease. */
export async function runNode(settings: NodeSettings, around: NodeSurroundings): Promise<NodeExit> {
  try {
    const { joinAndWork } = await import('./work-for-run.ts')
    return await joinAndWork(settings, around)
  } catch (error) {
    // Stopped before it was at work.
    if (around.stop.aborted) return 'left'
    throw asUserError(error)
  }
}
