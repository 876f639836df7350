// Pin servers
//
// Owns:   the tools of a run's MCP servers, asked once and the same for the whole run, also after a restart.
// Leaves: asking a server (agents/mcp/), where pins are stored (app/run/tool-records.ts).
//
// P1. Pins of other settings are not used: the server is asked again.

import { createHash } from 'node:crypto'
import { z } from 'zod'
import {
  type DiscoveredServer,
  discover,
  type GrantedServer,
  type PinnedServer,
  pinnedToolSchema,
  type ToolRecords,
} from '../../agents/index.ts'
import type { Sandbox } from '../../workspace/index.ts'
import { printable, shown } from '../configuration/document.ts'
import { UserError } from '../errors.ts'

interface PinOptions {
  readonly records: ToolRecords
  readonly sandbox: Sandbox
  readonly notice: (sentence: string) => void
  readonly signal?: AbortSignal | undefined
}

const pinsSchema = z.object({ print: z.string(), tools: z.array(pinnedToolSchema) })

/** @throws UserError when a server cannot be used as the configuration says. */
export function pinServers(
  servers: readonly GrantedServer[],
  options: PinOptions,
): Promise<readonly PinnedServer[]> {
  return Promise.all(servers.map((granted) => pinServer(granted, options)))
}

async function pinServer(
  granted: GrantedServer,
  { records, sandbox, notice, signal }: PinOptions,
): Promise<PinnedServer> {
  const key = `pins/${granted.name}`
  const { variables: _, ...settings } = granted
  const print = createHash('sha256').update(JSON.stringify(settings)).digest('hex')
  const before = pinsSchema.safeParse(await records.get(key)).data
  // P1.
  if (before?.print === print) return { granted, tools: before.tools }
  const found = await discover(granted, { sandbox, signal })
  if (found.kind === 'refused') throw new UserError('mcp_refused', refusalOf(granted, found), WAY_OUT)
  const { tools, info } = found
  const names = tools.map(({ name }) => name).join(', ')
  notice(`the MCP server ${granted.name} (${info.name} ${info.version}) offers agents ${names}`)
  await records.put(key, { print, tools })
  return { granted, tools }
}

export const WAY_OUT = `Correct it in your own file (~/.config/canopy/config.yaml, or --config FILE), or remove the server there.
A server sees no file of yours and no network that its settings do not name: files, network, env.`

/** Field, value and reason. */
export function refusalOf(
  { name }: Pick<GrantedServer, 'name'>,
  { field, value, reason }: Extract<DiscoveredServer, { kind: 'refused' }>,
): string {
  return printable(`mcp.${name}.${field} is ${shown(value)}; ${reason}`)
}
