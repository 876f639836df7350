// Repository
//
// Owns:   whether what `--repo` names is the root of a git repository.
// Leaves: whether it can be worked on: tests, runner, uncommitted changes (workspace/).

import { existsSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { shellWord } from '../../machines/index.ts'
import { UserError } from '../errors.ts'

/** The real path of a git repository's root. */
export function repositoryRoot(directory: string): string {
  const wayOut =
    'Give the root of a git repository: --repo DIR. Without --repo, Canopy works on a copy of its sample.'
  if (!existsSync(directory))
    throw new UserError('no_repository', `--repo is ${directory}; there is no such directory`, wayOut)
  const real = realpathSync(directory)
  if (!statSync(real).isDirectory())
    throw new UserError('no_repository', `--repo is ${directory}; expected a directory`, wayOut)
  const root = enclosingRepository(real)
  if (root === undefined) {
    throw new UserError(
      'no_repository',
      `--repo is ${directory}; it is not a git repository`,
      `${wayOut}\nMake it one with 'git init' and a first commit.`,
    )
  }
  if (root === real) return real
  throw new UserError(
    'no_repository',
    `--repo is ${directory}, a folder inside the repository ${root}`,
    `Give its root: --repo ${shellWord(root)}`,
  )
}

/** The repository of `--repo`, else this folder if it is the root of one. */
export function repositoryMeant(
  repo: string | undefined,
  { directory }: { readonly directory: string },
): string | undefined {
  if (repo !== undefined) return repositoryRoot(resolve(directory, repo))
  return existsSync(join(directory, '.git')) ? realpathSync(directory) : undefined
}

function enclosingRepository(directory: string): string | undefined {
  if (existsSync(join(directory, '.git'))) return directory
  const parent = dirname(directory)
  return parent === directory ? undefined : enclosingRepository(parent)
}
