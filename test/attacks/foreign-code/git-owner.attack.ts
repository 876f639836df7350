// A repository that another user of the machine made: its owner decides what git would read there.

import { chownSync, lchownSync, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { git } from '../../workspace/repositories.ts'
import type { Attack } from '../attack.ts'
import { type HostileRepository, withHostile } from './hostile-repository.ts'

const SOMEBODY = 54321

function giveAway(path: string): void {
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true }))
    lchownSync(join(entry.parentPath, entry.name), SOMEBODY, SOMEBODY)
  chownSync(path, SOMEBODY, SOMEBODY)
}

const owned = (what: string, give: (path: string, repository: HostileRepository) => void): Attack => ({
  title: `another user owns ${what} of a repository that somebody else runs canopy on`,
  needs: ['root'],
  play: () =>
    withHostile((repository) => {
      git(repository.path, 'config', 'core.fsmonitor', repository.program('monitor'))
      give(repository.path, repository)
      return repository.survey()
    }),
})

export const attacks: Readonly<Record<string, Attack>> = {
  all: owned('all', giveAway),
  checkout: owned('the checkout', (path) => chownSync(path, SOMEBODY, SOMEBODY)),
  'git-folder': owned('the .git folder', (path) => chownSync(join(path, '.git'), SOMEBODY, SOMEBODY)),
  settings: owned('the settings', (path) => chownSync(join(path, '.git/config'), SOMEBODY, SOMEBODY)),
  references: owned('the branches', (path) => giveAway(join(path, '.git/refs'))),
  'linked-worktree': owned('the repository that a worktree is linked to', (path, repository) => {
    const linked = join(repository.playground.root, 'linked')
    git(path, 'worktree', 'add', '--quiet', '--detach', linked)
    chownSync(join(path, '.git'), SOMEBODY, SOMEBODY)
    Object.assign(repository, { path: linked })
    if (lstatSync(join(path, '.git')).uid !== SOMEBODY) throw new Error('the owner is as before')
  }),
}
