// In worktree
//
// The part that all commands in a worktree have in common: their folder, the files they may write, the git that they see.

import { join } from 'node:path'
import { broughtFilesAt } from './bring/bring-folder.ts'
import type { DataPlaces } from './places.ts'
import type { Command } from './sandbox/sandbox.ts'
import { repositoryMounts } from './worktree-repository.ts'

type WorktreeCommand = Required<Pick<Command, 'cwd' | 'writable' | 'frozen' | 'moved'>>

/** The worktree is writable except for its `.git` file and the files that the user brought into it. */
export function inWorktree(places: DataPlaces, root: string): WorktreeCommand {
  return {
    cwd: root,
    writable: [root],
    frozen: [join(root, '.git'), ...broughtFilesAt(places, root)],
    moved: repositoryMounts(places, root),
  }
}
