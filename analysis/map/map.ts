// Map
//
// Makes a map of a repository for given words, from the files to the text.
// Leaves: the thread and its limits (repository-map.ts).

import { draw } from './draw.ts'
import { type GroundOf, groundOf } from './kept-graphs.ts'
import { type Mentions, rank } from './rank.ts'
import { isSource, LIMITS, readSources } from './sources.ts'

export interface MapOrder {
  readonly root: string
  /** Paths as git names them. */
  readonly files: readonly string[]
  /** Paths, names of files and identifiers that the work is about; a sentence will do. */
  readonly mentioned: readonly string[]
  readonly budgetTokens: number
  /** The git tree of the files. With it, the graph is kept for the next map. */
  readonly tree?: string | undefined
}

const MAX_NAMED_FILES = 20_000

export function drawMap(
  order: MapOrder,
  limits = LIMITS,
  ground: GroundOf = (_, read) => groundOf(read()),
): string {
  const files = [...new Set(order.files)].sort()
  const mentioned = mentionedIn(order.mentioned, files)
  const read = () => readSources(order.root, nearestFirst(files, mentioned), limits)
  const { graph, paths, unread } = ground(order.tree, read)
  const ranked = rank(graph, paths, mentioned)
  const worth = (path: string) =>
    (mentioned.files.has(path) ? 2 : 0) +
    (ranked.files.get(path) ?? 0) -
    (isSource(path) ? 0 : 1e-9 * depth(path))
  const named = files.map((path) => ({ path, worth: worth(path) })).sort((a, b) => b.worth - a.worth)
  return draw({
    definitions: ranked.definitions,
    files: named.slice(0, MAX_NAMED_FILES).map(({ path }) => path),
    unread,
    budgetTokens: order.budgetTokens,
  })
}

function depth(path: string): number {
  return path.split('/').length
}

/** When there are more than can be read, tests and far folders are the ones that are left out. */
function nearestFirst(files: readonly string[], { files: named }: Mentions): string[] {
  const far = (path: string) =>
    (named.has(path) ? 0 : 1) +
    (/(^|\/)(tests?|__tests__|examples?|fixtures?)\/|\.(test|spec)\./.test(path) ? 100 : 0)
  const keyed = files.map((path) => ({ path, key: far(path) * 100 + depth(path) }))
  return keyed.sort((a, b) => a.key - b.key || (a.path < b.path ? -1 : 1)).map(({ path }) => path)
}

const WORD = /[A-Za-z_$][\w$-]{2,}/g

function mentionedIn(texts: readonly string[], files: readonly string[]): Mentions {
  const mentioned = new Set(
    texts.flatMap((text) => text.split(/[\s"'`()[\]{},;]+/).map((word) => word.replace(/^\.\/|[.:]+$/g, ''))),
  )
  const names = new Set(texts.flatMap((text) => text.match(WORD) ?? []))
  const found = files.filter(
    (path) => mentioned.has(path) || mentioned.has(path.slice(path.lastIndexOf('/') + 1)),
  )
  return { files: new Set(found), names }
}
