// Fit
//
// Whether the change of one commit applies to another commit, and its changes there.
//
// F1. Git's own three-way merge decides. A conflict does not fit.
// F2. Before git 2.38 there is no merge without a checkout: a file that both sides changed is a conflict.

import type { Clone } from './clone.ts'
import { type Change, changesBetween, changesOf, lookUp } from './commit.ts'
import type { WorkspaceParts } from './parts.ts'

type Fit =
  | { readonly kind: 'fits'; readonly changes: readonly Change[] }
  | { readonly kind: 'conflict'; readonly paths: readonly string[] }

const CONFLICT = 1
/** Git prints its usage: it does not know the option. */
const UNKNOWN = 129

/** The changes of a submission on top of others, or the paths of its conflicts (F1, F2). */
export async function fitOnto(parts: WorkspaceParts, top: string, commit: string): Promise<Fit> {
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', top, commit]
  const { code, stdout } = await parts.git({
    gitDir: parts.clone.path,
    args,
    accept: [CONFLICT, UNKNOWN],
  })
  const [tree = '', ...paths] = stdout.split('\0').filter(Boolean)
  if (code === CONFLICT) return { kind: 'conflict', paths }
  if (code === UNKNOWN) return fitByFiles(parts.clone, top, commit)
  return { kind: 'fits', changes: await changesBetween(parts.clone, top, tree) }
}

/** F2. */
async function fitByFiles(clone: Clone, top: string, commit: string): Promise<Fit> {
  const changes = await changesOf(clone, commit)
  const at = (base: string) =>
    lookUp(
      clone,
      changes.map(({ path }) => `${base}:${path}`),
    )
  const [there, was] = await Promise.all([at(top), at(`${commit}^`)])
  const moved = changes.filter(
    ({ blob }, index) => there[index]?.blob !== was[index]?.blob && there[index]?.blob !== blob,
  )
  if (moved.length === 0) return { kind: 'fits', changes }
  return { kind: 'conflict', paths: moved.map(({ path }) => path) }
}
