// Nodes verb
//
// Owns:   the list of a run's nodes: the verb that answers it, and the question.
// Leaves: writing them for people (cli/nodes/list.ts).

import { z } from 'zod'
import type { NodeView } from '../../actors/index.ts'
import type { Control } from '../../transport/index.ts'
import { askSystem, checkedAnswer } from '../control/ask-system.ts'
import { defineVerb } from '../control/control-verb.ts'
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

interface NodesParts {
  readonly registry: Pick<NodeRegistry, 'look'>
  readonly tree: Pick<NodeView, 'actors'>
  readonly about: Omit<Presence, 'host' | 'pid' | 'busy' | 'agents'>
}

/** The verb `nodes`: this process first, then all others by name. */
export const nodesVerb = defineVerb({
  name: 'nodes',
  class: 'look',
  hasOwnSubject: true,
  input: z.unknown(),
  async answer(_input, { registry, tree, about }: NodesParts) {
    const busy = tree.actors.filter(({ kind, state }) => kind === 'worker' && state !== 'idle').length
    const here = { ...presenceHere({ ...about, busy }), name: HOME, seen: Date.now(), home: true }
    const others = (await registry.look()).map((each) => ({ ...each, home: false }))
    return [here, ...others]
  },
})
