// Brought file
//
// One file of the user's checkout that worktrees get a copy of.

import type { FileVersion } from '../worktree-files.ts'

export interface BroughtFile extends FileVersion {
  /** Relative to the checkout, with forward slashes. */
  readonly path: string
}
