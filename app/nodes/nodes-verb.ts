// Nodes verb
//
// Owns:   the list of a run's nodes: the verb that answers it, and the question.
// Leaves: writing them for people (cli/nodes/list.ts).

import { z } from 'zod'
import type { NodeView } from '../../actors/index.ts'
import type { Control, ControlHandler } from '../../transport/index.ts'
import { askSystem, checkedAnswer } from '../control/ask-system.ts'
import type { NodeRegistry } from './node-registry.ts'
import { HOME, type Presence, presenceHere, presenceSchema } from './presence.ts'

const listedNodeSchema = presenceSchema.extend({
  name: z.string(),
  seen: z.number(),
  /** It has the repository. */
  home: z.boolean(),
})
/** A node as the verb `nodes` answers it; times in milliseconds since the Unix epoch. */
export type ListedNode = z.infer<typeof listedNodeSchema>

/** The nodes of a running system. */
export async function askNodes(control: Control): Promise<readonly ListedNode[]> {
  return checkedAnswer('nodes', z.array(listedNodeSchema), await askSystem(control, 'nodes', {}))
}

/** What the verb `nodes` answers: this process first, then all others by name. */
export function nodesVerb(
  registry: Pick<NodeRegistry, 'look'>,
  node: Pick<NodeView, 'actors'>,
  about: Omit<Presence, 'host' | 'pid' | 'busy' | 'agents'>,
): ControlHandler {
  return async () => {
    const busy = node.actors.filter(({ kind, state }) => kind === 'worker' && state !== 'idle').length
    const here = { ...presenceHere({ ...about, busy }), name: HOME, seen: Date.now(), home: true }
    const others = (await registry.look()).map((each) => ({ ...each, home: false }))
    return { ok: true, value: [here, ...others] }
  }
}
