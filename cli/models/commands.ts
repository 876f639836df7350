// Models command
//
// Owns:   `canopy models`: which models a run would ask here, in which order, how; with `--check`, whether they are there.
// Leaves: what may be said (providers/), the words (text.ts).
//
// C1. Nothing is asked of a model: a list of names costs nothing.

import { join, resolve } from 'node:path'
import { type Checked, checkModels, configuredModels } from '../../providers/index.ts'
import type { Terminal } from '../commands.ts'
import { exitCodes, UserError } from '../errors.ts'
import { MODELS_WAY_OUT } from '../models.ts'
import { repositoryRoot } from '../repository.ts'
import { readRoadmap } from '../roadmap.ts'
import { modelsText } from './text.ts'

export interface ModelsOptions {
  readonly repo?: string
  readonly check?: boolean
  readonly json?: boolean
}

export async function modelsCommand(options: ModelsOptions, terminal: Terminal): Promise<number> {
  const { directory, env, screen, stop } = terminal
  const root = options.repo === undefined ? undefined : repositoryRoot(resolve(directory, options.repo))
  const said = await readRoadmap(join(root ?? directory, 'canopy.yaml'))
  const found = configuredModels(said?.models ?? {}, env)
  if (found.kind === 'refused')
    throw new UserError('models_invalid', found.problems.join('\n'), MODELS_WAY_OUT)
  const checked = options.check ? await checkModels(found.models, { signal: stop }) : undefined
  screen.write(`${options.json ? JSON.stringify(asJson(found, checked)) : modelsText(found, checked)}\n`)
  return checked?.some(({ state }) => state === 'missing') ? exitCodes.notReached : exitCodes.reached
}

type Found = ReturnType<typeof configuredModels> & { readonly kind: 'configured' }

function asJson({ models, roles, missing }: Found, checked: readonly Checked[] | undefined): object {
  return {
    roles,
    models: models.map(({ key: _, ...model }) => ({
      ...model,
      ...(checked && { check: checked.find((each) => each.model === model.name) }),
    })),
    missing,
  }
}
