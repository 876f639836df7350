// User repository
//
// The user's repository for callers without a workspace: its state, and a checkout of it elsewhere.

import { mkdir, realpath } from 'node:fs/promises'
import { openGit } from './git.ts'
import { placesIn } from './places.ts'
import { changedFiles, cloneAt, headOf, treeOfBranch } from './repository.ts'

export interface UserRepository {
  /** The commit of HEAD, or undefined before the first one. */
  head(): Promise<string | undefined>
  /** Whether anything is uncommitted, new files included. */
  isDirty(): Promise<boolean>
  /** The tree of a branch, or undefined when there is no such branch. */
  tree(branch: string): Promise<string | undefined>
  /** Makes a checkout of the commit in a new folder. */
  cloneAt(start: string, place: string): Promise<void>
}

/** `directory` is Canopy's own, for git's configuration and temporary files. */
export async function openUserRepository(options: {
  readonly repository: string
  readonly directory: string
}): Promise<UserRepository> {
  await mkdir(options.directory, { recursive: true })
  const places = placesIn(await realpath(options.directory))
  const repository = await realpath(options.repository)
  const order = { git: await openGit(places.gitConfig), places, repository }
  return {
    head: () => headOf(order),
    isDirty: async () => (await changedFiles(order, { untracked: true })).length > 0,
    tree: (branch) => treeOfBranch(order, branch),
    cloneAt: (start, place) => cloneAt(order, start, place),
  }
}
