// Fresh trees
//
// One checkout of a commit after the other, each for one run: no code has run in it before.
//
// The next checkout is made while the last one is used: a run of tests takes longer and hides it.

import type { WorkspaceParts } from './parts.ts'
import { prepareWorktree, releaseWorktree, type WorktreeOrder } from './worktree.ts'

export type FreshTreesOrder = Omit<WorktreeOrder, 'repository'>

/** Roots, at most `most`; each is removed when the next is requested. End the loop normally or with `return`. */
export async function* freshTrees(
  parts: WorkspaceParts,
  order: FreshTreesOrder,
  most: number,
): AsyncGenerator<string> {
  const { clone, places, repository } = parts
  const prepare = (number: number) =>
    number > most
      ? undefined
      : prepareWorktree(clone, places, { ...order, repository, name: nameOf(order, number) })
  let ahead = prepare(1)
  let number = 1
  try {
    for (; ahead !== undefined; number += 1) {
      const tree = await ahead
      ahead = prepare(number + 1)
      // Awaited when it is requested.
      ahead?.catch(() => {})
      yield tree.path
      await releaseWorktree(places, nameOf(order, number))
    }
  } finally {
    await ahead?.catch(() => {})
    for (const left of [number, number + 1]) await releaseWorktree(places, nameOf(order, left))
  }
}

/** Two at a time. */
const nameOf = ({ name }: FreshTreesOrder, number: number) => `${name}-${number % 2}`
