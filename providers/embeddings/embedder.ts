// Embedder
//
// Owns:   turning texts into vectors by a server of OpenAI's protocol.
// Leaves: which server that is (configured-embeddings.ts), what is compared (app/models/).
//
// E1. Nothing escapes as an exception, and no message holds the key.
// E2. Vectors that could not be compared are a failure: too few, of different lengths, empty, or not finite.

import { z } from 'zod'
import { modelIdOf } from '../models/calls.ts'
import { type Fetch, MOST_BYTES, recordingFetch } from '../models/exchange.ts'
import { deepest } from '../models/failures.ts'
import { openaiClient } from '../models/openai-client.ts'
import { shownMessage } from '../models/shown-message.ts'
import { watched } from '../models/watch.ts'
import type { ConfiguredEmbeddings } from './configured-embeddings.ts'

export type Embedding =
  /** One for each text, in their order. */
  | { readonly kind: 'embedded'; readonly vectors: readonly (readonly number[])[] }
  | { readonly kind: 'failed'; readonly message: string }

export interface Embedder {
  readonly name: string
  embed(texts: readonly string[], around: { readonly signal: AbortSignal }): Promise<Embedding>
}

/** Texts in one request; Text Embeddings Inference takes 32. */
const BATCH = 32
const DEADLINE_MS = 30_000

const answerSchema = z.looseObject({
  data: z.array(z.looseObject({ index: z.int().optional(), embedding: z.array(z.number()) })),
})

interface EmbedderMeans {
  readonly fetch?: Fetch
  /** For all texts of one call. */
  readonly deadlineMs?: number
}

/** Asks nothing before it is used. */
export function openEmbedder(place: ConfiguredEmbeddings, means: EmbedderMeans = {}): Embedder {
  const { name, baseUrl } = place
  const { deadlineMs = DEADLINE_MS } = means
  return {
    name,
    async embed(texts, { signal }) {
      const key = place.key()
      const failed = (message: string): Embedding => ({
        kind: 'failed',
        message: shownMessage(message, key),
      })
      try {
        const fetch = recordingFetch(
          { headers: new Headers() },
          { key, fetch: means.fetch ?? globalThis.fetch, mostBytes: MOST_BYTES },
        )
        const client = openaiClient({ baseUrl, key }, fetch)
        const ended = await watched({ signal, deadlineMs }, async (signal) => {
          const vectors: (readonly number[])[] = []
          for (let at = 0; at < texts.length; at += BATCH) {
            const input = texts.slice(at, at + BATCH)
            const body = { model: modelIdOf(name), input, encoding_format: 'float' } as const
            vectors.push(...vectorsIn(await client.embeddings.create(body, { signal }), input.length))
          }
          return comparable(vectors)
        })
        if ('result' in ended) return { kind: 'embedded', vectors: ended.result }
        return failed(ended.cut === 'aborted' ? 'it was stopped' : `no answer within ${deadlineMs / 1_000} s`)
      } catch (error) {
        return failed(deepest(error))
      }
    },
  }
}

function vectorsIn(answer: unknown, count: number): (readonly number[])[] {
  const parsed = answerSchema.safeParse(answer)
  if (!parsed.success) throw new Error('its answer has no list of vectors')
  const { data } = parsed.data
  if (data.length !== count) throw new Error(`it gave ${data.length} vectors for ${count} texts`)
  return data
    .map(({ index, embedding }, at) => ({ index: index ?? at, embedding }))
    .toSorted((one, other) => one.index - other.index)
    .map(({ embedding }) => embedding)
}

/** E2. */
function comparable(vectors: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const lengths = new Set(vectors.map(({ length }) => length))
  if (lengths.size > 1) throw new Error(`its vectors have different lengths: ${[...lengths].join(', ')}`)
  if (lengths.has(0)) throw new Error('its vectors are empty')
  return vectors
}
