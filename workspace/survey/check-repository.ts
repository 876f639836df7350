// Check repository
//
// Whether there is a repository with a commit that holds the files that the user sees.

import { shellWord } from '../../machines/index.ts'
import { enclosingCheckout } from '../git-folders.ts'
import type { WorkspaceParts } from '../parts.ts'
import { changedFiles, headOf, lackingObjects, lacksContentOf } from '../repository.ts'
import { Refusal } from './refusal.ts'

export async function checkRepository(parts: WorkspaceParts, allowDirty: boolean): Promise<void> {
  const { repository } = parts
  const top = enclosingCheckout(repository)
  if (top === undefined) throw notARepository(repository)
  if (top !== repository) throw notTheTop(repository, top)
  if ((await headOf(parts)) === undefined) throw noCommit(repository)
  if (allowDirty) return
  const changed = (await changedFiles(parts)).filter(matters)
  if (changed.length === 0) return
  throw (await lacksContentOf(parts, changed)) ? lackingObjects(repository) : uncommitted(changed)
}

/** Prose and pictures do not affect tests. */
function matters(path: string): boolean {
  const prose = /\.(md|mdx|markdown|txt|rst|adoc|png|jpe?g|gif|svg|ico|webp)$/i
  return !prose.test(path) && !/(^|\/)(LICEN[CS]E|AUTHORS|CODEOWNERS)$/i.test(path)
}

function notARepository(repository: string): Refusal {
  const wayOut = 'Make one with: git init && git add . && git commit'
  return new Refusal('not_a_repository', `${repository} is not a git repository with a checkout. ${wayOut}`)
}

function notTheTop(repository: string, top: string): Refusal {
  const message = `${repository} lies inside the repository ${top}. Give that one: --repo ${shellWord(top)}`
  return new Refusal('not_the_top_folder', message)
}

function noCommit(repository: string): Refusal {
  return new Refusal('no_commit', `${repository} has no commit yet. The work starts from HEAD: commit first.`)
}

function uncommitted(changed: readonly string[]): Refusal {
  const some = changed.slice(0, 5).join(', ')
  const what =
    changed.length === 1 ? '1 tracked file has changes' : `${changed.length} tracked files have changes`
  const why = 'that are not committed, and the work starts from HEAD without them'
  return new Refusal(
    'uncommitted_changes',
    `${what} ${why}: ${some}. Commit or stash them, or give --allow-dirty.`,
  )
}
