// Repository map
//
// Makes a map of a repository within a budget of tokens, in a thread of its own with limits on time and memory. The last 64
// maps are cached.
// Leaves: the content (map/), the thread (map-thread.ts).
//
// M1. A repository that cannot be mapped in time gets a list of file names and a note; that list is not cached.
// M2. The same tree, words and budget give the same map, from the cache or not.

import { createHash } from 'node:crypto'
import { draw } from './map/draw.ts'
import { LastUsed } from './map/last-used.ts'
import type { Candidate, CandidatesOrder, MapOrder } from './map/map.ts'
import { drawInThread, findInThread, type MapLimits } from './map-thread.ts'

const kept = new LastUsed<string>(64)

/** The definitions and files that matter most for the mentioned words. */
export async function repositoryMap(order: MapOrder, limits: MapLimits = {}): Promise<string> {
  limits.signal?.throwIfAborted()
  const name = nameOf(order)
  const known = name === undefined ? undefined : kept.get(name)
  const drawn = known ?? (await drawInThread(order, limits))
  limits.signal?.throwIfAborted()
  if (name !== undefined && drawn !== undefined) kept.keep(name, drawn)
  return drawn ?? namesOnly(order)
}

/** The files whose words fit a task best, for a model that compares them; none when they cannot be read in time. */
export async function filesForTask(order: CandidatesOrder, limits: MapLimits = {}): Promise<Candidate[]> {
  const found = await findInThread(order, limits)
  limits.signal?.throwIfAborted()
  return found ?? []
}

/** Of maps that are kept: undefined when nobody says which tree it is. */
function nameOf({ tree, files, mentioned, budgetTokens, similar = [] }: MapOrder): string | undefined {
  if (tree === undefined) return undefined
  return createHash('sha256')
    .update(JSON.stringify([tree, budgetTokens, mentioned, files, similar]))
    .digest('hex')
}

function namesOnly({ files, budgetTokens }: MapOrder): string {
  const note = '[The repository could not be mapped in time; these are names of its files.]\n'
  const sorted = [...files].sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1))
  return `${note}${draw({ definitions: [], files: sorted, unread: 0, budgetTokens: Math.max(0, budgetTokens - 30) })}`
}
