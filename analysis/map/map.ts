// Map
//
// Makes a map of a repository for given words, from the files to the text.
// Leaves: the thread and its limits (repository-map.ts).

import { draw } from './draw.ts'
import { type GroundOf, groundOf } from './kept-graphs.ts'
import { likelyFiles } from './likely-files.ts'
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
  /** Files that a model finds similar to the task, the most similar first: a third order beside the two by words. */
  readonly similar?: readonly string[] | undefined
}

export interface CandidatesOrder extends Omit<MapOrder, 'budgetTokens' | 'similar'> {
  /** At most so many. */
  readonly candidates: number
}

/** A file that may fit a task, with its beginning. */
export interface Candidate {
  readonly path: string
  readonly text: string
}

const MAX_CANDIDATE_CHARACTERS = 2_000

/** The files whose words fit the task best. */
export function candidateFiles(
  { root, tree, files, mentioned, candidates }: CandidatesOrder,
  ground: GroundOf = (_, read) => groundOf(read()),
): Candidate[] {
  const sorted = [...new Set(files)].sort()
  const read = () => readSources(root, nearestFirst(sorted, mentionedIn(mentioned, sorted)), LIMITS)
  const { counted } = ground(tree, read)
  const chosen = likelyFiles(mentioned.join('\n'), counted).slice(0, candidates)
  const { texts } = readSources(root, chosen)
  return chosen.flatMap((path) => {
    const text = texts.get(path)
    return text === undefined ? [] : [{ path, text: text.slice(0, MAX_CANDIDATE_CHARACTERS) }]
  })
}

/** Files that the words of a task find, at most; they come before all that references find. */
const MAX_LIKELY = 20
const MAX_NAMED_FILES = 20_000

/** `graph`: by references alone. `words`: by the words of the task, too. */
export type MapOrdering = 'graph' | 'words'

export function drawMap(
  order: MapOrder,
  limits = LIMITS,
  ground: GroundOf = (_, read) => groundOf(read()),
): string {
  const { definitions, files, unread } = orderedMap(order, { limits, ground })
  return draw({
    definitions,
    files: files.slice(0, MAX_NAMED_FILES),
    unread,
    budgetTokens: order.budgetTokens,
  })
}

interface MapSettings {
  readonly limits?: typeof LIMITS
  readonly ground?: GroundOf
  readonly ordering?: MapOrdering
}

/** The definitions and files, in the order in which a map takes them. */
export function orderedMap(
  { root, tree, similar, ...order }: Omit<MapOrder, 'budgetTokens'>,
  { limits = LIMITS, ground = (_, read) => groundOf(read()), ordering = 'words' }: MapSettings = {},
) {
  const files = [...new Set(order.files)].sort()
  const mentioned = mentionedIn(order.mentioned, files)
  const read = () => readSources(root, nearestFirst(files, mentioned), limits)
  const { graph, paths, unread, counted } = ground(tree, read)
  const likely = ordering === 'graph' ? [] : likelyFiles(order.mentioned.join('\n'), counted, similar)
  const near = new Map(likely.slice(0, MAX_LIKELY).map((path, at) => [path, 1 / (at + 1)]))
  const ranked = rank(graph, paths, { ...mentioned, likely: near })
  const worth = (path: string) =>
    (mentioned.files.has(path) ? 2 : 0) +
    (near.get(path) ?? 0) +
    (ranked.files.get(path) ?? 0) / (MAX_LIKELY + 1) -
    (isSource(path) ? 0 : 1e-9 * depth(path))
  const named = files.map((path) => ({ path, worth: worth(path) })).sort((a, b) => b.worth - a.worth)
  return { definitions: ranked.definitions, files: named.map(({ path }) => path), unread }
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
