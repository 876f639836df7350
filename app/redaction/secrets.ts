// Secrets
//
// Owns:   which secrets a run knows: keys of its models, variables of MCP servers and agent commands, what the
//         environment and the repository's `.env` files hold under names of secrets.
// Leaves: taking them out (machines/redaction.ts).

import type { GrantedServer } from '../../agents/index.ts'
import { type CommandSettings, secretsAmong } from '../../machines/index.ts'
import { environmentFilesOf } from '../../workspace/index.ts'
import type { RunCommands } from '../agent-commands/agent-commands.ts'
import type { RunModels } from '../models/models.ts'
import type { HostEnvironment } from '../settings/data-directory.ts'

interface SecretSources {
  readonly env: HostEnvironment['env']
  readonly repository: string
  readonly models?: RunModels | undefined
  /** Its brought `.env` files are read, too. */
  readonly commands?: CommandSettings | undefined
  readonly mcp?: readonly Pick<GrantedServer, 'variables'>[] | undefined
  readonly agentCommands?: RunCommands | undefined
}

export async function secretsOf({
  env,
  repository,
  models,
  commands,
  mcp = [],
  agentCommands,
}: SecretSources): Promise<readonly string[]> {
  const asked = [...(models?.models ?? []), ...(models?.embeddings ? [models.embeddings] : [])]
  const keys = asked.map(({ key }) => key())
  const granted = mcp.flatMap(({ variables }) => Object.values(variables))
  const named = Object.values(agentCommands?.settings ?? {}).flatMap((command) => command.env)
  const lent = named.flatMap((name) => env[name] ?? [])
  const files = await environmentFilesOf(repository, commands?.bring)
  return [...keys, ...granted, ...lent, ...[env, ...files].flatMap(secretsAmong)]
}
