// Carry
//
// Puts the submission of an earlier attempt into a new worktree, as uncommitted changes.
// Leaves: whether it fits (fit.ts), the worktree itself (worktree.ts), committing it again (collect.ts).
//
// A submission that does not fit onto the tip is dropped: the attempt then starts without it.

import { writeCommit } from './commit.ts'
import { fitOnto } from './fit.ts'
import type { WorkspaceParts } from './parts.ts'
import { fileName } from './places.ts'
import { adminFolder, worktreePath } from './worktree.ts'

/** A commit on the tip with the earlier submission, for the worktree of this name; undefined when it does not fit. */
export async function carriedOnto(
  parts: WorkspaceParts,
  tip: string,
  { name, commit }: { readonly name: string; readonly commit: string },
): Promise<string | undefined> {
  const fit = await fitOnto(parts, tip, commit)
  if (fit.kind === 'conflict') return undefined
  const ref = `refs/canopy/carried/${fileName(name)}`
  return writeCommit(parts.clone, { ref, parent: tip, contents: fit.changes, message: 'carried' })
}

/** Turns the checked-out files into uncommitted changes to this commit. */
export async function unstage(parts: WorkspaceParts, name: string, commit: string): Promise<void> {
  const args = ['reset', '--mixed', '--quiet', commit]
  await parts.git({
    gitDir: adminFolder(parts.places, name),
    workTree: worktreePath(parts.places, name),
    args,
  })
}
