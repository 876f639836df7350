// Kept graphs
//
// Caches the graphs of the last trees that were mapped.
//
// K1. Only a tree that was read whole is cached: of a larger one, the mentioned words decide which files are read.

import { type Graph, graphOf } from './graph.ts'
import { LastUsed } from './last-used.ts'
import { type CountedFiles, countFiles } from './likely-files.ts'
import { pythonGraph } from './python-graph.ts'
import type { Sources } from './sources.ts'

/** The source of a map, besides the mentioned words. */
export interface Ground {
  readonly graph: Graph
  /** Sorted. */
  readonly paths: readonly string[]
  readonly unread: number
  readonly counted: CountedFiles
}

/** Gives the ground of a tree, kept or read now. */
export type GroundOf = (tree: string | undefined, read: () => Sources) => Ground

const MAX_GRAPHS = 3

export function keptGraphs(most = MAX_GRAPHS): GroundOf {
  const kept = new LastUsed<Ground>(most)
  return (tree, read) => {
    const known = tree === undefined ? undefined : kept.get(tree)
    const ground = known ?? groundOf(read())
    if (tree === undefined || ground.unread > 0) return ground
    kept.keep(tree, ground)
    return ground
  }
}

export function groundOf(sources: Sources): Ground {
  const { texts, unread } = sources
  const [graph, python] = [graphOf(sources), pythonGraph(texts)]
  const whole = {
    definitions: [...graph.definitions, ...python.definitions],
    references: [...graph.references, ...python.references],
  }
  return { graph: whole, paths: [...texts.keys()].sort(), unread, counted: countFiles(texts) }
}
