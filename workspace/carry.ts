// Carry
//
// Owns:   putting what an earlier attempt handed in into a fresh worktree, as changes that are not committed.
// Leaves: the worktree itself (worktree.ts), what is handed in of it (collect.ts).
//
// A1. What does not merge with the tip is left behind: the attempt then begins from nothing.

import { join } from 'node:path'
import type { Parts } from './parts.ts'
import { fileName } from './places.ts'
import { worktreePath } from './worktree.ts'

/** A commit with the files of both; undefined when they do not merge, or git is too old (2.38) to tell. */
export async function mergedWith(parts: Parts, tip: string, commit: string): Promise<string | undefined> {
  const { path: gitDir } = parts.clone
  const merge = await parts.git({
    gitDir,
    args: ['merge-tree', '--write-tree', tip, commit],
    accept: [1, 128, 129],
  })
  if (merge.code !== 0) return undefined
  const tree = merge.stdout.trim()
  const identity = ['-c', 'user.name=Canopy', '-c', 'user.email=canopy@localhost']
  const made = await parts.git({
    gitDir,
    args: [...identity, 'commit-tree', tree, '-p', tip, '-m', 'carried'],
  })
  return made.stdout.trim()
}

/** Makes what is checked out a change against this commit. */
export async function unstage(parts: Parts, name: string, commit: string): Promise<void> {
  const gitDir = join(parts.clone.path, 'worktrees', fileName(name))
  const args = ['reset', '--mixed', '--quiet', commit]
  await parts.git({ gitDir, workTree: worktreePath(parts.places, name), args })
}
