// Repository
//
// Owns:   the user's repository as far as we touch it: reading what is there, and bringing one branch into it.
//
// U1. Nothing is written but `refs/heads/canopy/<milestone>` and the objects it needs.
// U2. No hook of theirs runs, no index is refreshed, no maintenance starts.

import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import type { Git } from './git.ts'
import { WorkspaceError } from './workspace-error.ts'

export interface Change {
  readonly path: string
}

/** The top folder, or undefined when the path is in no repository with files. */
export async function topLevel(git: Git, repository: string): Promise<string | undefined> {
  if (!existsSync(repository)) return undefined
  const answer = await git({ cwd: repository, args: ['rev-parse', '--show-toplevel'], accept: [128] })
  return answer.code === 0 ? realpath(answer.stdout.replace(/\n$/, '')) : undefined
}

export async function commitAt(git: Git, repository: string, ref: string): Promise<string | undefined> {
  const args = ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]
  const answer = await git({ cwd: repository, args, accept: [1, 128] })
  return answer.code === 0 ? answer.stdout.trim() : undefined
}

/** Tracked files that differ from HEAD, in the index or in the checkout. */
export async function changedFiles(git: Git, repository: string): Promise<string[]> {
  const args = [
    'status',
    '--porcelain=v1',
    '-z',
    '--untracked-files=no',
    '--no-renames',
    '--ignore-submodules=all',
  ]
  const { stdout } = await git({ cwd: repository, args })
  return stdout
    .split('\0')
    .filter(Boolean)
    .map((entry) => entry.slice(3))
}

/** Brings a branch of the clone into the user's repository, only forward. */
export async function publish(
  git: Git,
  repository: string,
  clone: string,
  from: string,
  branch: string,
): Promise<void> {
  const quiet = [
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-recurse-submodules',
    '--no-prune',
    '--no-auto-maintenance',
    '--no-write-commit-graph',
  ]
  const args = ['fetch', ...quiet, clone, `${from}:refs/heads/${branch}`]
  const answer = await git({ cwd: repository, args, accept: [1, 128] })
  if (answer.code === 0) return
  throw new WorkspaceError(
    'not_published',
    `${branch} could not be brought into ${repository}: ${answer.stderr.trim()}`,
  )
}

/** Whether a branch of this name can be made: git keeps `a` and `a/b` from being branches at the same time. */
export async function branchesUnder(git: Git, repository: string): Promise<Map<string, string>> {
  const args = ['for-each-ref', '--format=%(refname:short) %(objectname)', 'refs/heads']
  const { stdout } = await git({ cwd: repository, args })
  const lines = stdout.split('\n').filter(Boolean)
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]),
  )
}
