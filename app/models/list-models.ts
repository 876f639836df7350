// List models
//
// Owns:   which models a run would ask here, in which order and how; on request, whether their providers have them.
// Leaves: what may be said (providers/), printing (cli/models/).
//
// L1. Nothing is asked of a model: a list of names costs nothing.

import {
  type ConfiguredModel,
  checkModels,
  configuredModels,
  type ModelCheck,
  type ModelConfiguration,
} from '../../providers/index.ts'
import { configurationIn, decideConfiguration } from '../configuration/configuration.ts'
import { UserError } from '../errors.ts'
import type { HostEnvironment } from '../settings/data-directory.ts'
import { repositoryMeant } from '../settings/repository.ts'
import { MODELS_WAY_OUT } from './models.ts'

interface ModelsQuestion {
  readonly repo?: string | undefined
  /** The user's own file. */
  readonly config?: string | undefined
  /** Ask the providers which models they have. */
  readonly isChecked: boolean
  readonly stop: AbortSignal
}

/** A model without its key; `check` is there when providers were asked. */
export type ListedModel = Omit<ConfiguredModel, 'key'> & { readonly check?: ModelCheck }

export interface ListedModels
  extends Pick<ModelConfiguration & { readonly kind: 'configured' }, 'roles' | 'missing'> {
  readonly models: readonly ListedModel[]
  readonly embeddings?: { readonly name: string; readonly baseUrl: string; readonly check?: ModelCheck }
}

/** Fails with `models_invalid` when the configuration of models cannot be used. */
export async function listModels(
  { repo, config, isChecked, stop }: ModelsQuestion,
  around: HostEnvironment,
): Promise<ListedModels> {
  const options = config === undefined ? {} : { config }
  const decided = await decideConfiguration(repositoryMeant(repo, around), options, around)
  const found = configuredModels(configurationIn(decided).models ?? {}, around.env)
  if (found.kind === 'refused')
    throw new UserError('models_invalid', found.problems.join('\n'), MODELS_WAY_OUT)
  const { embeddings } = found
  const embedder = embeddings ? [{ ...embeddings, protocol: 'openai-chat' as const }] : []
  const checks = isChecked ? await checkModels([...found.models, ...embedder], { signal: stop }) : []
  const withCheck = (name: string) => {
    const check = checks.find(({ model }) => model === name)
    return check ? { check } : {}
  }
  const models = found.models.map(
    ({ key: _, ...model }): ListedModel => ({ ...model, ...withCheck(model.name) }),
  )
  const { roles, missing } = found
  if (!embeddings) return { roles, models, missing }
  const { name, baseUrl } = embeddings
  return { roles, models, missing, embeddings: { name, baseUrl, ...withCheck(name) } }
}
