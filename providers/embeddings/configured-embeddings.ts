// Configured embeddings
//
// Owns:   the setting `models.embeddings`, and the server that it names on this machine.
// Leaves: asking it (embedder.ts), the providers and their keys (models/configuration.ts).
//
// M1. The budget does not count embeddings, so only a server that costs nothing is asked: the file must say `price: 0`.

import { z } from 'zod'
import { modelNameSchema, providerOf } from '../../machines/index.ts'
import type { ProtocolName } from '../models/protocols.ts'

export const embeddingsSchema = z.strictObject({
  name: modelNameSchema,
  /** M1. */
  price: z.literal(0, {
    error:
      'expected 0: the budget does not count embeddings, so only a server that costs nothing is asked, such as your own',
  }),
})

/** A server that turns texts into vectors. */
export interface ConfiguredEmbeddings {
  readonly name: string
  readonly baseUrl: string
  readonly key: () => string
}

interface EmbeddingPlaces {
  readonly providers: ReadonlyMap<
    string,
    {
      readonly protocol: ProtocolName
      readonly baseUrl: string
      readonly keyVariable: string | undefined
      readonly cloud?: unknown
    }
  >
  /** Undefined: its variable is not set. */
  readonly keyOf: (variable: string | undefined) => string | undefined
}

type Found =
  | { readonly kind: 'configured'; readonly embeddings: ConfiguredEmbeddings }
  | { readonly kind: 'no_key'; readonly provider: string; readonly variable: string }
  | { readonly kind: 'refused'; readonly problem: string }

export function configuredEmbeddings(
  { name }: z.infer<typeof embeddingsSchema>,
  { providers, keyOf }: EmbeddingPlaces,
): Found {
  const provider = providerOf(name)
  const place = providers.get(provider)
  const refused = (problem: string): Found => ({
    kind: 'refused',
    problem: `models.embeddings: ${name}: ${problem}`,
  })
  if (place === undefined)
    return refused(`there is no provider ${provider}; describe it under models.providers`)
  const { protocol, baseUrl, keyVariable, cloud } = place
  if (protocol !== 'openai-chat' && protocol !== 'openai-responses')
    return refused(
      `embeddings are asked by OpenAI's protocol, and ${provider} has ${protocol}; take openai-chat`,
    )
  if (cloud) return refused('a cloud is not asked for embeddings')
  const key = keyOf(keyVariable)
  if (key !== undefined) return { kind: 'configured', embeddings: { name, baseUrl, key: () => key } }
  return { kind: 'no_key', provider, variable: keyVariable ?? '' }
}
