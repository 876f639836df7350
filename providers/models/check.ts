// Check
//
// Owns:   whether the models that are configured are there, as far as their providers say: misspelt ones, retired ones,
//         keys that are refused.
// Leaves: asking for lists (listing.ts), showing the result (app/, cli/).
//
// K1. Each place is asked once, however many of its models are wanted. One that offers no list says nothing against them.
// K2. A name that stands for the newest of several is one of them: `x` where `x-20261001` or `x:latest` is listed.

import { providerOf } from '../../machines/index.ts'
import { modelIdOf } from './calls.ts'
import type { ConfiguredModel } from './configuration.ts'
import type { Fetch } from './exchange.ts'
import { type ListedModel, type Listing, type ListingPlace, listModels } from './listing.ts'

export interface ModelCheck {
  readonly model: string
  /** `unknown`: nobody could say. */
  readonly state: 'there' | 'ending' | 'missing' | 'unknown'
  /** In words, unless it is simply there. */
  readonly message?: string
  /** Of those that are listed, as they would stand in a configuration file. */
  readonly near: readonly string[]
}

const NEAR = 3

export async function checkModels(
  models: readonly (ListingPlace & Pick<ConfiguredModel, 'name'>)[],
  around: { readonly signal: AbortSignal; readonly fetch?: Fetch },
): Promise<ModelCheck[]> {
  const places = Map.groupBy(models, ({ name, baseUrl }) => `${providerOf(name)} ${baseUrl}`)
  const checked = await Promise.all(
    [...places.values()].map(async (wanted) => {
      const [place] = wanted
      const listing = await listModels(place as ListingPlace, around)
      return wanted.map(({ name }) => checkedBy(listing, name))
    }),
  )
  return checked.flat()
}

function checkedBy(listing: Listing, model: string): ModelCheck {
  switch (listing.kind) {
    case 'not_offered':
      return { model, state: 'unknown', message: 'its server offers no list of models', near: [] }
    case 'failed':
      return {
        model,
        state: 'unknown',
        message: `its provider could not be asked: ${listing.message}`,
        near: [],
      }
    case 'no_sdk':
      return { model, state: 'missing', message: listing.message, near: [] }
    case 'listed':
      return among(listing.models, model)
    default:
      return listing satisfies never
  }
}

function among(listed: readonly ListedModel[], model: string): ModelCheck {
  const provider = providerOf(model)
  const id = modelIdOf(model)
  const found = listed.find((each) => each.id === id) ?? listed.find((each) => isOneOf(each.id, id))
  if (found && found.ending !== 'retired') {
    if (found.ending === undefined) return { model, state: 'there', near: [] }
    const when = found.retiresAt === undefined ? '' : `, on ${found.retiresAt.slice(0, 10)}`
    return { model, state: 'ending', message: `it is deprecated and will be retired${when}`, near: [] }
  }
  const others = listed.filter((each) => each.ending === undefined).map((each) => each.id)
  const near = nearest(id, others).map((each) => `${provider}/${each}`)
  const state = found ? 'it is retired' : `${provider} has no model of this name`
  const way = near.length > 0 ? `; near it: ${near.join(', ')}` : ''
  return { model, state: 'missing', message: `${state}${way}`, near }
}

/** K2. */
function isOneOf(listed: string, id: string): boolean {
  return listed.startsWith(id) && /^(-\d{4,}|:)/.test(listed.slice(id.length))
}

/** The most alike, if they are alike at all. */
function nearest(id: string, others: readonly string[]): string[] {
  return others
    .map((other) => ({ other, far: distance(id, other.replace(/-\d{8}$/, '')) }))
    .filter(({ other, far }) => far <= Math.max(id.length, other.length) * 0.4)
    .toSorted((one, two) => one.far - two.far || (one.other < two.other ? -1 : 1))
    .slice(0, NEAR)
    .map(({ other }) => other)
}

/** How many characters have to be put in, taken out or replaced. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (const [at, character] of [...one].entries()) {
    const next = [at + 1]
    for (let to = 1; to <= other.length; to += 1) {
      const replaced = (row[to - 1] ?? 0) + (other[to - 1] === character ? 0 : 1)
      next.push(Math.min(replaced, (row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}
