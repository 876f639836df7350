// Repository skills
//
// Finds the skills of a repository, and lists them by their own descriptions within a bound.
// Leaves: their bodies, which an agent reads like any file of the worktree.
//
// They are the repository's words: data for an agent, as its rules files are.

import type { RepositorySkill } from '../../machines/index.ts'
import { skillFile } from './skill-file.ts'

const PLACE = /^(?:.*\/)?\.(?:claude|agents)\/skills\/([^/]+)\/SKILL\.md$/
const MAX_SKILLS = 20
const MAX_CHARACTERS = 4_000

interface RepositorySkillsOrder {
  /** Paths of the worktree. */
  readonly files: readonly string[]
  /** Undefined for a file that cannot be shown. */
  readonly read: (path: string) => Promise<string | undefined>
}

/** In the order of their paths; those of the top folder first. */
export async function repositorySkills({ files, read }: RepositorySkillsOrder): Promise<RepositorySkill[]> {
  const found: RepositorySkill[] = []
  let left = MAX_CHARACTERS
  const depth = (path: string): number => path.split('/').length
  for (const path of files.filter((each) => PLACE.test(each)).toSorted((a, b) => depth(a) - depth(b))) {
    if (found.length >= MAX_SKILLS) break
    const skill = skillFile((await read(path)) ?? '', PLACE.exec(path)?.[1] ?? '')
    if (skill === undefined) continue
    left -= path.length + skill.description.length
    if (left < 0) break
    found.push({ path, description: skill.description })
  }
  return found
}
