// Granted servers
//
// Owns:   the MCP servers that the user grants agents, with the values of the variables that each may have.
// Leaves: the form of the settings (agents/mcp/), starting servers (open-mcp.ts).
//
// M1. A server gets the variables that its settings name, and no others. One that is not set is refused.

import { join } from 'node:path'
import type { GrantedServer, McpSettings } from '../../agents/index.ts'
import { UserError } from '../errors.ts'
import type { HostEnvironment } from '../settings/data-directory.ts'

export function grantedServers(
  settings: McpSettings,
  { env, home }: Pick<HostEnvironment, 'env' | 'home'>,
): readonly GrantedServer[] {
  const unset = Object.entries(settings).flatMap(([name, server]) =>
    server.env.flatMap((variable, at) =>
      env[variable] ? [] : [`mcp.${name}.env[${at}] is ${variable}, which is not set in the environment`],
    ),
  )
  if (unset.length > 0)
    throw new UserError(
      'mcp_invalid',
      unset.join('\n'),
      'Set the variables, or remove their names from your own file (~/.config/canopy/config.yaml).',
    )
  return Object.entries(settings).map(([name, server]) => ({
    ...server,
    name,
    files: server.files.map((path) => (path.startsWith('~/') ? join(home, path.slice(2)) : path)),
    variables: Object.fromEntries(server.env.map((variable) => [variable, env[variable] ?? ''])),
  }))
}
