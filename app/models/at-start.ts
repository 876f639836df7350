// At start
//
// Owns:   saying, when a run begins, which of its models are not there: before the night, not in it.
// Leaves: asking (providers/).
//
// A1. Nobody waits for it, and it stops nothing: another model may do the work, and a list may be wrong.

import { checkModels } from '../../providers/index.ts'
import type { RunModels } from './models.ts'

export async function sayWhatIsMissing(
  { models, inUse, embeddings }: RunModels,
  say: (sentence: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const wanted = new Set(Object.values(inUse).flatMap(({ chain }) => chain))
  const checked = await checkModels(
    [
      ...models.filter(({ name }) => wanted.has(name)),
      ...(embeddings ? [{ ...embeddings, protocol: 'openai-chat' as const }] : []),
    ],
    { signal },
  )
  if (signal.aborted) return
  for (const { model, state, message } of checked)
    if (state === 'missing' || state === 'ending') say(`${model}: ${message}`)
}
