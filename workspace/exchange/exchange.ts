// Exchange
//
// The data that workspaces of one run on different machines exchange: the code of a commit, the dependencies, the
// survey; and back, a commit that no gate has judged yet.
// Leaves: sending the files (the owner of a transport), using them.
//
// Everything is a file: written here and sent by the caller, or fetched by the caller and read here. Each step may be
// repeated and then changes nothing.

import type { Survey } from '../../machines/index.ts'
import { carriedOnto } from '../carry.ts'
import { isOfCanopy } from '../dependencies.ts'
import { keepMilestone, type MilestoneBranch } from '../milestone-branch.ts'
import { named } from '../order-names.ts'
import type { WorkspaceParts } from '../parts.ts'
import { taskWorktree } from '../submit.ts'
import { keepSurvey, keptSurvey, type SurveyOf } from '../survey-record.ts'
import { WorkspaceError } from '../workspace-error.ts'
import { packCode, takeCode } from './code-bundle.ts'
import { type DependencyOrder, dependencyRoots, packRoot, takeDependencies } from './dependency-archive.ts'
import { hasWork, packWork, type SubmissionRef, takeWork } from './work-bundle.ts'

export interface CarryOrder {
  readonly milestone: string
  readonly task: string
  /** The commit onto which it must fit. */
  readonly commit: string
  /** The submission of an earlier attempt. */
  readonly carry: string
}

/** The workspace with the repository is called home, the others are away. */
export interface WorkspaceExchange {
  hasCommit(commit: string): Promise<boolean>
  survey(of: SurveyOf): Promise<Survey | undefined>

  /** Home: a git bundle of the tree of this commit, without the objects of the other. The file is the caller's. */
  packCode(order: { commit: string; known: string | null }): Promise<string>
  /** Away: reads the file of `packCode`. */
  takeCode(order: { commit: string; file: string }): Promise<void>

  /** Away: records the home's branch of a milestone, when its start and its tip are here. */
  takeMilestone(milestone: MilestoneBranch): Promise<void>
  /** Home: a commit on this one with an earlier submission; undefined when it does not fit. */
  carry(order: CarryOrder): Promise<string | undefined>

  /** Away: the folder of packages that the user of this machine named. */
  ownPackages(): string | undefined
  /** The folders of the dependencies, the main one first, and a key of their content. */
  dependencyRoots(survey: Survey): Promise<{ key: string; roots: readonly string[] }>
  /** Home: a compressed archive of one of them. The file is the caller's. */
  packRoot(root: string): Promise<string>
  /** Away: unpacks them, once for each key, and corrects their links to each other. Returns their folder here. */
  takeDependencies(order: DependencyOrder): Promise<string>
  /** Away: the survey of the home, with the local folder of dependencies. */
  takeSurvey(survey: Survey): Promise<void>

  /** Away: a git bundle of a task's submission. The file is the caller's. */
  packWork(order: SubmissionRef): Promise<string>
  /** Home: whether this commit is what the task submitted, and is here. */
  hasWork(order: SubmissionRef): Promise<boolean>
  /** Home: reads the file of `packWork`. */
  takeWork(order: SubmissionRef & { file: string }): Promise<void>
}

export function openExchange(parts: WorkspaceParts): WorkspaceExchange {
  return {
    hasCommit: async (commit) => (await parts.clone.resolve(named({ commit }).commit)) !== undefined,
    survey: async (of) => keptSurvey(parts.places, named(of)).catch(() => undefined),
    packCode: async (order) => packCode(parts, named(order)),
    takeCode: async (order) => takeCode(parts, named(order)),
    takeMilestone: async (milestone) => keepMilestone(parts, named(milestone)),
    carry: async (order) => {
      const { commit, carry, ...task } = named(order)
      return carriedOnto(parts, commit, { name: taskWorktree(task), commit: carry })
    },
    dependencyRoots: (survey) => dependencyRoots(parts, survey),
    ownPackages: () => parts.packages,
    packRoot: (root) => packRoot(parts, root),
    takeDependencies: (order) => takeDependencies(parts, order),
    takeSurvey: async (survey) => takeSurvey(parts, named(survey)),
    packWork: async (order) => packWork(parts, named(order)),
    hasWork: async (order) => hasWork(parts, named(order)),
    takeWork: async (order) => takeWork(parts, named(order)),
  }
}

/**
 * The sandbox shows the folder of dependencies: only one that Canopy made here, or that the user named, is accepted.
 */
async function takeSurvey({ places, packages }: WorkspaceParts, survey: Survey): Promise<void> {
  const { dependencies } = survey
  if (dependencies !== packages && !isOfCanopy(places.dependencies, dependencies))
    throw new WorkspaceError(
      'survey_refused',
      `the survey names ${dependencies} for dependencies; expected a folder below ${places.dependencies}`,
    )
  await keepSurvey(places, survey)
}
