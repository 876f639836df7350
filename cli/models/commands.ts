// Models command
//
// Owns:   what `canopy models` prints, from checked options to an exit code.
// Leaves: the models (app/models/), the text (text.ts).

import { listModels } from '../../app/index.ts'
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
  const { repo, config, check = false, json = false } = options
  const listed = await listModels({ repo, config, isChecked: check, stop: terminal.stop }, terminal)
  terminal.screen.write(`${json ? JSON.stringify(listed) : modelsText(listed)}\n`)
  const checked = [...listed.models, ...(listed.embeddings ? [listed.embeddings] : [])]
  const isMissing = checked.some(({ check }) => check?.state === 'missing')
  return isMissing ? exitCodes.notReached : exitCodes.reached
}
