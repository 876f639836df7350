// Secrets
//
// Owns:   which secrets a run knows: keys of its models, what the environment and the repository's `.env` files hold
//         under names of secrets.
// Leaves: taking them out (machines/redaction.ts).

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
}

export async function secretsOf({
  env,
  repository,
  models,
  commands,
}: SecretSources): Promise<readonly string[]> {
  const keys = models?.models.map(({ key }) => key()) ?? []
  const files = await environmentFilesOf(repository, commands?.bring)
  return [...keys, ...[env, ...files].flatMap(secretsAmong)]
}
