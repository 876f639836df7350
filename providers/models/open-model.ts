// Open model
//
// Owns:   the way from a configured model to one that can be asked.

import { Adaptations } from './adaptations.ts'
import type { Endpoint } from './calls.ts'
import type { ConfiguredModel } from './configuration.ts'
import { type Fetch, MOST_BYTES } from './exchange.ts'
import type { Model } from './model.ts'
import { protocols } from './protocols.ts'

/** What a test puts in the place of the machine's own. */
interface ModelMeans {
  readonly fetch?: Fetch
  readonly now?: () => number
  /** How long an answer may be at most. */
  readonly mostBytes?: number
}

export type ModelPlace = Pick<
  ConfiguredModel,
  'name' | 'protocol' | 'baseUrl' | 'stream' | 'effort' | 'cloud' | 'key'
>

/** The model at a place; nothing is sent before it is asked. */
export function openModel(place: ModelPlace, means: ModelMeans = {}): Model {
  const endpoint: Endpoint = {
    name: nameOf(place.name),
    baseUrl: place.baseUrl,
    key: place.key(),
    stream: place.stream,
    ...(place.effort === undefined ? {} : { effort: place.effort }),
    ...(place.cloud && { cloud: place.cloud }),
    adaptations: new Adaptations(),
    fetch: means.fetch ?? fetch,
    now: means.now ?? Date.now,
    mostBytes: means.mostBytes ?? MOST_BYTES,
  }
  return protocols[place.protocol].open(endpoint)
}

function nameOf(name: string): `${string}/${string}` {
  const [provider, ...rest] = name.split('/')
  if (!provider || rest.length === 0) throw new Error(`${name} is no name of a model: provider/model`)
  return `${provider}/${rest.join('/')}`
}
