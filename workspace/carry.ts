// Carry
//
// Owns:   putting what an earlier attempt handed in into a fresh worktree, as changes that are not committed.
// Leaves: whether it fits (fit.ts), the worktree itself (worktree.ts), what is handed in of it (collect.ts).
//
// A1. What does not fit onto the tip is left behind: the attempt then begins from nothing.

import { writeCommit } from './commit.ts'
import { fitOnto } from './fit.ts'
import type { Parts } from './parts.ts'
import { fileName } from './places.ts'
import { adminFolder, worktreePath } from './worktree.ts'

/** A commit on the tip with what was handed in, for the worktree of this name; undefined when it does not fit. */
export async function carriedOnto(
  parts: Parts,
  tip: string,
  { name, commit }: { readonly name: string; readonly commit: string },
): Promise<string | undefined> {
  const fit = await fitOnto(parts, tip, commit)
  if (fit.kind === 'conflict') return undefined
  const ref = `refs/canopy/carried/${fileName(name)}`
  return writeCommit(parts.clone, { ref, parent: tip, contents: fit.changes, message: 'carried' })
}

/** Makes what is checked out a change against this commit. */
export async function unstage(parts: Parts, name: string, commit: string): Promise<void> {
  const args = ['reset', '--mixed', '--quiet', commit]
  await parts.git({
    gitDir: adminFolder(parts.places, name),
    workTree: worktreePath(parts.places, name),
    args,
  })
}
