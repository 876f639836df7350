// Nodes verb
//
// Owns:   the nodes of a run, as they are answered.
// Leaves: writing them for people (cli/nodes/list.ts).

import { z } from 'zod'
import type { NodeView } from '../../actors/index.ts'
import type { ControlHandler } from '../../transport/index.ts'
import type { NodeRegistry } from './node-registry.ts'
import { HOME, type Presence, presenceHere, presenceSchema } from './presence.ts'

/** A node as the verb `nodes` answers it. */
export const listedNodeSchema = presenceSchema.extend({
  name: z.string(),
  seen: z.number(),
  /** It has the repository. */
  home: z.boolean(),
})
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
