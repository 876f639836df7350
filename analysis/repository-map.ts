// Repository map
//
// Owns:   a map of a repository within a budget of tokens, made beside whatever else goes on here; the last ones are kept.
// Leaves: its content (map/), its thread (map-thread.ts).
//
// M1. Nothing of the repository is run. It is parsed in a thread of its own, with limits on time and memory.
// M2. Who cannot be mapped in that time gets the names of files instead, and is told so; that is not kept.
// M3. The same tree, words and budget give the same map, whether it was kept or not.

import { createHash } from 'node:crypto'
import { draw } from './map/draw.ts'
import { LastUsed } from './map/last-used.ts'
import type { MapOrder } from './map/map.ts'
import { drawInThread, type MapLimits } from './map-thread.ts'

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

/** Of maps that are kept: undefined when nobody says which tree it is. */
function nameOf({ tree, files, mentioned, budgetTokens }: MapOrder): string | undefined {
  if (tree === undefined) return undefined
  return createHash('sha256')
    .update(JSON.stringify([tree, budgetTokens, mentioned, files]))
    .digest('hex')
}

function namesOnly({ files, budgetTokens }: MapOrder): string {
  const note = '[The repository could not be mapped in time; these are names of its files.]\n'
  const sorted = [...files].sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1))
  return `${note}${draw({ definitions: [], files: sorted, unread: 0, budgetTokens: Math.max(0, budgetTokens - 30) })}`
}
