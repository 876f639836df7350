// Discover
//
// Asks each of the user's MCP servers once for its tools, and pins those that are allowed.
// Leaves: storing pins (app/), calling tools (mcp-tools.ts).
//
// D1. A server without one of its allowed tools is a mistake of the configuration, told with the field and the way out.

import { homedir } from 'node:os'
import type { Sandbox } from '../../workspace/index.ts'
import { McpFailure } from './client.ts'
import type { ServerInfo } from './messages.ts'
import { type PinnedTool, pinned, problemOf } from './pinned-tool.ts'
import { type GrantedServer, startServer } from './server.ts'

export type DiscoveredServer =
  | {
      readonly kind: 'found'
      readonly tools: readonly PinnedTool[]
      readonly info: ServerInfo
      /** Tools that it has and the user does not allow. */
      readonly others: readonly string[]
    }
  /** `field`: of the server's settings. */
  | { readonly kind: 'refused'; readonly field: string; readonly value: unknown; readonly reason: string }

const LIST_MS = 30_000

/** Without a worktree: nothing of the repository is shown to it. */
export async function discover(
  granted: GrantedServer,
  { sandbox, signal }: { readonly sandbox: Sandbox; readonly signal?: AbortSignal | undefined },
): Promise<DiscoveredServer> {
  const place = { sandbox, cwd: sandbox.kind === 'bubblewrap' ? '/' : homedir(), writable: [] }
  try {
    const running = await startServer(granted, place, signal)
    try {
      return allowed(granted, await running.client.tools({ timeoutMs: LIST_MS, signal }), running.info)
    } finally {
      await running.stop()
    }
  } catch (error) {
    if (!(error instanceof McpFailure)) throw error
    return { kind: 'refused', field: 'command', value: granted.command, reason: error.message }
  }
}

function allowed(
  { tools: wanted }: GrantedServer,
  listed: Awaited<ReturnType<Awaited<ReturnType<typeof startServer>>['client']['tools']>>,
  info: ServerInfo,
): DiscoveredServer {
  const refused = (at: number, reason: string): DiscoveredServer => {
    return { kind: 'refused', field: `tools[${at}]`, value: wanted[at], reason }
  }
  const names = listed.map(({ name }) => name)
  const tools: PinnedTool[] = []
  for (const [at, name] of wanted.entries()) {
    const tool = listed.find((each) => each.name === name)
    if (tool === undefined)
      return refused(at, `the server has no such tool; it has ${names.slice(0, 50).join(', ')}`)
    const problem = problemOf(tool)
    if (problem !== undefined) return refused(at, `it cannot be offered: ${problem}`)
    tools.push(pinned(tool))
  }
  return { kind: 'found', tools, info, others: names.filter((name) => !wanted.includes(name)) }
}
