// Server place
//
// The worktree in which an MCP server runs for an agent, and what it sees there.
//
// Only a server that writes may change it; the repository's installed packages are shown as to other commands.

import type { AgentOrder } from '../../machines/index.ts'
import {
  inWorktree,
  keptSurvey,
  named,
  readableWith,
  taskWorktree,
  type WorkspaceParts,
  worktreePath,
} from '../../workspace/index.ts'
import type { GrantedServer, ServerPlace } from './server.ts'

export function serverPlaces({ places, sandbox }: Pick<WorkspaceParts, 'sandbox' | 'places'>) {
  return async (
    { effect }: Pick<GrantedServer, 'effect'>,
    { account: { milestone, task }, site }: AgentOrder,
  ): Promise<ServerPlace> => {
    const order = named({ milestone, task, survey: site })
    const root = worktreePath(places, taskWorktree(order))
    const { dependencies } = await keptSurvey(places, order.survey)
    const readable = await readableWith(places, dependencies)
    const worktree = { ...inWorktree(places, root), sandbox }
    if (effect === 'write') return { ...worktree, readable }
    const { frozen: _, ...visible } = worktree
    return { ...visible, writable: [], readable: [root, ...readable] }
  }
}
