// Secrets
//
// Owns:   which secrets a run knows: keys of its models, variables of MCP servers, what the environment and the
//         repository's `.env` files hold under names of secrets.
// Leaves: taking them out (machines/redaction.ts).

import type { GrantedServer } from '../../agents/index.ts'
import { type CommandSettings, secretsAmong } from '../../machines/index.ts'
import { environmentFilesOf } from '../../workspace/index.ts'
import type { RunModels } from '../models/models.ts'
import type { HostEnvironment } from '../settings/data-directory.ts'

interface SecretSources {
  readonly env: HostEnvironment['env']
  readonly repository: string
  readonly models?: RunModels | undefined
  /** Its brought `.env` files are read, too. */
  readonly commands?: CommandSettings | undefined
  readonly mcp?: readonly Pick<GrantedServer, 'variables'>[] | undefined
}

export async function secretsOf({
  env,
  repository,
  models,
  commands,
  mcp = [],
}: SecretSources): Promise<readonly string[]> {
  const keys = models?.models.map(({ key }) => key()) ?? []
  const granted = mcp.flatMap(({ variables }) => Object.values(variables))
  const files = await environmentFilesOf(repository, commands?.bring)
  return [...keys, ...granted, ...[env, ...files].flatMap(secretsAmong)]
}
