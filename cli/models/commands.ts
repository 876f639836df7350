// Models command
//
// Owns:   `canopy models`: which models a run would ask here, in which order, how; with `--check`, whether they are there.
// Leaves: what may be said (providers/), the words (text.ts).
//
// C1. Nothing is asked of a model: a list of names costs nothing.

import {
  configurationIn,
  decideConfiguration,
  MODELS_WAY_OUT,
  repositoryMeant,
  UserError,
} from '../../app/index.ts'
import { checkModels, configuredModels, type ModelCheck } from '../../providers/index.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Terminal } from '../terminal.ts'
import { modelsText } from './text.ts'

export interface ModelsOptions {
  readonly repo?: string
  readonly config?: string
  readonly check?: boolean
  readonly json?: boolean
}

export async function modelsCommand(options: ModelsOptions, terminal: Terminal): Promise<number> {
  const { env, screen, stop } = terminal
  const config = options.config === undefined ? {} : { config: options.config }
  const decided = await decideConfiguration(repositoryMeant(options.repo, terminal), config, terminal)
  const found = configuredModels(configurationIn(decided).models ?? {}, env)
  if (found.kind === 'refused')
    throw new UserError('models_invalid', found.problems.join('\n'), MODELS_WAY_OUT)
  const checked = options.check ? await checkModels(found.models, { signal: stop }) : undefined
  screen.write(`${options.json ? JSON.stringify(asJson(found, checked)) : modelsText(found, checked)}\n`)
  return checked?.some(({ state }) => state === 'missing') ? exitCodes.notReached : exitCodes.reached
}

type ConfiguredModels = ReturnType<typeof configuredModels> & { readonly kind: 'configured' }

function asJson(
  { models, roles, missing }: ConfiguredModels,
  checked: readonly ModelCheck[] | undefined,
): object {
  return {
    roles,
    models: models.map(({ key: _, ...model }) => ({
      ...model,
      ...(checked && { check: checked.find((each) => each.model === model.name) }),
    })),
    missing,
  }
}
