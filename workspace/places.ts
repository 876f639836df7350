// Places
//
// The paths inside the data directory. No other file joins them.
//
// Everything that may be deleted at any time is under `worktrees/`, `links/`, `repositories/`, `history/` or
// `scratch/`.

import { createHash } from 'node:crypto'
import { join } from 'node:path'

export interface DataPlaces {
  readonly root: string
  /** Canopy's own bare repository. */
  readonly clone: string
  /** A shallow copy of it, the source of bundles. */
  readonly code: string
  readonly gitConfig: string
  readonly worktrees: string
  /** One link for each package that a worktree got (link-dependencies.ts). */
  readonly links: string
  /** The git folder that commands in a worktree see, for each worktree (worktree-repository.ts). */
  readonly repositories: string
  /** The newest commits of the user's repository, for each surveyed commit. */
  readonly history: string
  readonly scratch: string
  readonly surveys: string
  readonly types: string
  readonly measurements: string
  readonly milestones: string
  readonly rounds: string
  readonly outcomes: string
  /** Folders of installed packages that Canopy made; kept over runs. */
  readonly dependencies: string
}

/** `dependencies`: the real path of another folder for packages. */
export function placesIn(root: string, dependencies = join(root, 'dependencies')): DataPlaces {
  const at = (name: string) => join(root, name)
  return {
    root,
    clone: at('repository.git'),
    code: at('code.git'),
    gitConfig: at('gitconfig'),
    worktrees: at('worktrees'),
    links: at('links'),
    repositories: at('repositories'),
    history: at('history'),
    scratch: at('scratch'),
    surveys: at('surveys'),
    types: at('types'),
    measurements: at('measurements'),
    milestones: at('milestones'),
    rounds: at('rounds'),
    outcomes: at('outcomes'),
    dependencies,
  }
}

/** A file name for any id: readable where possible, and different for different ids. */
export function fileName(id: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$/.test(id)) return id
  return `${id.replace(/[^A-Za-z0-9-]+/g, '-').slice(0, 40)}.${digest(id).slice(0, 12)}`.replace(/^-+/, '')
}

export function digest(...parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:${part};`)
  return hash.digest('hex')
}
