// Listing
//
// Owns:   which models a provider says it has, where it says that at all.
// Leaves: judging the list (check.ts), asking models (open-model.ts).
//
// L1. A server that does not offer a list is no worse for it: that is an answer, as is a list without names.
// L2. Nothing escapes as an exception, and no message holds the key.

import { APIError as AnthropicError } from '@anthropic-ai/sdk'
import { APIError as OpenaiError } from 'openai'
import { z } from 'zod'
import { directClient, findSdk } from './anthropic-client.ts'
import type { ConfiguredModel } from './configuration.ts'
import { type Fetch, MOST_BYTES, RedirectRefused, recordingFetch } from './exchange.ts'
import { causeOf, cutMessage, MissingSdk } from './failures.ts'
import { openaiClient } from './openai-client.ts'
import { shownMessage } from './shown-message.ts'
import { watched } from './watch.ts'

export interface ListedModel {
  readonly id: string
  /** It is not to be had any more, or not for long. */
  readonly ending?: 'deprecated' | 'retired'
  /** RFC 3339. */
  readonly retiresAt?: string
}

export type Listing =
  | { readonly kind: 'listed'; readonly models: readonly ListedModel[] }
  | { readonly kind: 'not_offered' }
  | { readonly kind: 'failed'; readonly message: string }
  /** Of a cloud: no model of it can be asked. */
  | { readonly kind: 'no_sdk'; readonly message: string }

export type ListingPlace = Pick<ConfiguredModel, 'protocol' | 'baseUrl' | 'key' | 'cloud'>

/** Maximum length of a name: names are compared letter by letter. */
const MOST_CHARACTERS = 200

const listedSchema = z.looseObject({
  id: z.string().min(1).max(MOST_CHARACTERS),
  lifecycle: z.string().optional().catch(undefined),
  retires_at: z.string().max(MOST_CHARACTERS).optional().catch(undefined),
})

const DEADLINE_MS = 20_000
const MOST = 5_000
/** Not found, not allowed, not there: servers without a list answer so. */
const NOT_OFFERED: ReadonlySet<unknown> = new Set([404, 405, 501])

export async function listModels(
  place: ListingPlace,
  { signal, fetch: given = fetch }: { readonly signal: AbortSignal; readonly fetch?: Fetch },
): Promise<Listing> {
  const key = place.key()
  try {
    // Their lists name other things than the models that can be asked: deployments, regions, entitlements.
    if (place.cloud) {
      await findSdk(place.cloud)
      return { kind: 'not_offered' }
    }
    const ended = await watched({ signal, deadlineMs: DEADLINE_MS }, (signal) =>
      namesAt(
        place,
        recordingFetch({ headers: new Headers() }, { key, fetch: given, mostBytes: MOST_BYTES }),
        signal,
      ),
    )
    if ('cut' in ended) return { kind: 'failed', message: cutMessage(ended.cut, DEADLINE_MS, DEADLINE_MS) }
    return ended.result.length > 0 ? { kind: 'listed', models: ended.result } : { kind: 'not_offered' }
  } catch (error) {
    if (error instanceof MissingSdk) return { kind: 'no_sdk', message: error.message }
    const status = error instanceof AnthropicError || error instanceof OpenaiError ? error.status : undefined
    if (NOT_OFFERED.has(status)) return { kind: 'not_offered' }
    const known = causeOf(error, RedirectRefused) ?? error
    const message = known instanceof Error ? known.message : String(known)
    return { kind: 'failed', message: shownMessage(message, key) }
  }
}

async function namesAt(place: ListingPlace, fetch: Fetch, signal: AbortSignal): Promise<ListedModel[]> {
  const endpoint = { baseUrl: place.baseUrl, key: place.key() }
  const found: ListedModel[] = []
  const pages =
    place.protocol === 'anthropic'
      ? directClient(endpoint, fetch).models.list({ limit: 1_000 }, { signal })
      : openaiClient(endpoint, fetch).models.list({ signal })
  for await (const each of pages) {
    const model = listedSchema.safeParse(each)
    if (model.success) found.push(listedOf(model.data))
    if (found.length >= MOST) break
  }
  return found
}

function listedOf({ id, lifecycle, retires_at: retiresAt }: z.infer<typeof listedSchema>): ListedModel {
  return {
    id,
    ...((lifecycle === 'deprecated' || lifecycle === 'retired') && { ending: lifecycle }),
    ...(retiresAt !== undefined && { retiresAt }),
  }
}
