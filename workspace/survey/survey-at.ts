// Survey at a commit
//
// The modules of a later commit: surveyed ones that still exist, and added ones.

import type { Survey } from '../../machines/index.ts'
import type { Clone } from '../clone.ts'
import { modulesAmong } from './modules.ts'

/** The survey with the modules of this commit; the same object when none was added or removed. */
export async function surveyAt<Of extends Pick<Survey, 'head' | 'modules' | 'runner'>>(
  clone: Clone,
  survey: Of,
  commit: string,
): Promise<Of> {
  const changed = await clone.git([
    'diff-tree',
    '-r',
    '-z',
    '--no-renames',
    '--name-status',
    '--diff-filter=AD',
    survey.head,
    commit,
  ])
  const fields = changed.split('\0')
  const named = (status: string): string[] =>
    fields.flatMap((field, at) => (at % 2 === 0 && field === status ? (fields[at + 1] ?? '') : []))
  const gone = new Set(named('D'))
  const added = modulesAmong(named('A'), survey)
  if (added.length === 0 && !survey.modules.some((path) => gone.has(path))) return survey
  const kept = survey.modules.filter((path) => !gone.has(path))
  return { ...survey, modules: [...new Set([...kept, ...added])].sort() }
}
