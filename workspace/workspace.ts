// Workspace
//
// Opens a workspace for one repository and one data directory; its calls.
// Leaves: each call to its file.
//
// After a crash, every call may be made again with the same arguments and then gives the same result. The user's
// repository is only read, except that a milestone's branch is written to it.

import { mkdir, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { CommandSettings, Measurement, Submission } from '../machines/index.ts'
import { type AcceptOrder, accept } from './accept.ts'
import { NO_ANALYSIS, type SourceAnalysis } from './analysis.ts'
import { carriedOnto, unstage } from './carry.ts'
import { openClone, removeStaleLocks } from './clone.ts'
import { type CollectOrder, collect } from './collect.ts'
import { type TakenArm, takenArms, type UncoveredBranch, uncoveredBranches } from './coverage.ts'
import { readableWith } from './dependencies.ts'
import { openExchange, type WorkspaceExchange } from './exchange/exchange.ts'
import { openGit } from './git.ts'
import { type PackageSource, PUBLIC_SOURCE } from './install/package-source.ts'
import { measureCommit } from './measure-commit.ts'
import {
  type MilestoneBranch,
  type MilestoneOrder,
  milestoneBranch,
  openMilestone,
  type PublishResult,
  publishMilestone,
} from './milestone-branch.ts'
import { named } from './order-names.ts'
import type { WorkspaceLog, WorkspaceParts } from './parts.ts'
import { placesIn } from './places.ts'
import { type RoundOrder, roundStart } from './round-start.ts'
import type { Command, CommandEnding, Sandbox } from './sandbox/sandbox.ts'
import { type SubmitOrder, submit, taskWorktree } from './submit.ts'
import { type SurveyOptions, type SurveyOutcome, survey } from './survey/survey.ts'
import { surveyAt } from './survey/survey-at.ts'
import { keptSurvey, type SurveyOf } from './survey-record.ts'
import { WorkspaceError } from './workspace-error.ts'
import {
  cleanUpWorktrees,
  prepareWorktree,
  releaseWorktree,
  type Worktree,
  worktreePath,
} from './worktree.ts'

export interface WorkspaceOptions {
  /** The user's repository. */
  readonly repository: string
  /** Canopy's data directory for this run. */
  readonly directory: string
  readonly sandbox: Sandbox
  /** The parser of source; absent: nothing is found in source. */
  readonly analysis?: SourceAnalysis
  /** Folders of installed packages, kept over runs; absent: in the data directory. */
  readonly cache?: string
  /** A folder of installed packages that the user named; absent: the repository's own, or Canopy's. */
  readonly packages?: string
  /** The user's registries; absent: npm's public registry. */
  readonly packageSource?: PackageSource
  /** The repository's `commands` setting. */
  readonly commands?: CommandSettings
  readonly log?: WorkspaceLog
}

interface TaskRef {
  readonly milestone: string
  readonly task: string
}

export interface CommandOrder extends TaskRef, Omit<Command, 'cwd' | 'writable'> {
  readonly survey: SurveyOf
}

interface OfCommit {
  readonly survey: SurveyOf
  readonly commit: string
  readonly signal?: AbortSignal | undefined
}

export interface PrepareOrder extends TaskRef, OfCommit {
  /** The submission of an earlier attempt; the new one continues it if it still fits. */
  readonly carry?: string | undefined
  /** The same, already fitted onto the commit by the home (exchange). */
  readonly carried?: string | undefined
}

export interface Workspace {
  /** Whether Canopy can work on the repository, and the facts that the work needs. */
  survey(options?: SurveyOptions): Promise<SurveyOutcome>
  /** Creates the milestone's branch, or returns the existing one. */
  openMilestone(order: MilestoneOrder): Promise<MilestoneBranch>
  /** The branch of an opened milestone. */
  milestone(order: { milestone: string }): Promise<MilestoneBranch>
  /** The commit from which the tasks of a round start. */
  roundStart(order: RoundOrder): Promise<string>
  /** Coverage of a commit's tests. */
  measure(order: OfCommit): Promise<Measurement>
  /** The branches of a module that no test takes. */
  uncovered(order: OfCommit & { module: string }): Promise<UncoveredBranch[]>
  /** The branch arms of a module that some test takes. */
  taken(order: OfCommit & { module: string }): Promise<TakenArm[]>
  /** A new checkout for a task. */
  prepareWorktree(order: PrepareOrder): Promise<Worktree>
  /** Runs a command in a task's worktree, in the sandbox. */
  run(order: CommandOrder): Promise<CommandEnding>
  submit(order: SubmitOrder): Promise<Submission>
  /** A commit of all differences in a task's worktree. */
  collect(order: CollectOrder): Promise<Submission>
  releaseWorktree(order: TaskRef): Promise<void>
  /** Runs acceptance commands at the tip of a milestone's branch; returns the failures. */
  accept(order: Omit<AcceptOrder, 'survey'> & { survey: SurveyOf }): Promise<string[]>
  /** Copies a milestone's branch to the user's repository, if it is not there yet. */
  publish(order: { milestone: string }): Promise<PublishResult>
  /** Canopy's own bare repository with all submissions, merged or not. */
  readonly clone: string
  /** The parts that gates and tools use. */
  readonly parts: WorkspaceParts
  /** With workspaces of the same run on other machines. */
  readonly exchange: WorkspaceExchange
  /** Removes all worktrees and everything else that is needed only during a run. */
  cleanUp(): Promise<void>
}

const MEASURE_LIMIT_MS = 15 * 60_000

export async function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const parts = await openParts(options)
  const { clone, places, sandbox, repository } = parts
  return {
    survey: (order = {}) => survey(parts, order),
    openMilestone: async (order) => openMilestone(parts, named(order)),
    milestone: async (order) => milestoneBranch(parts, named(order).milestone),
    roundStart: async (order) => roundStart(parts, named(order)),
    measure: async (order) => (await measured(parts, named(order))).measurement,
    uncovered: async (order) => {
      const file = (await measured(parts, named(order))).kept.coverage[order.module]
      return file === undefined ? [] : uncoveredBranches(file)
    },
    taken: async (order) => {
      const file = (await measured(parts, named(order))).kept.coverage[order.module]
      return file === undefined ? [] : takenArms(file)
    },
    prepareWorktree: async (given) => {
      const { survey: of, commit, carry, carried: fitted, signal, ...task } = named(given)
      const { dependencies } = await keptSurvey(places, of)
      const name = taskWorktree(task)
      const carried = fitted ?? (carry && (await carriedOnto(parts, commit, { name, commit: carry })))
      const order = { name, commit: carried || commit, dependencies, repository, signal }
      const { path } = await prepareWorktree(clone, places, order)
      if (carried) await unstage(parts, name, commit)
      return { path, commit }
    },
    run: async (order) => runInWorktree(parts, sandbox, named(order)),
    submit: async (order) => submit(parts, named(order)),
    collect: async (order) => collect(parts, named(order)),
    releaseWorktree: async (of) => releaseWorktree(places, taskWorktree(named(of))),
    accept: async (order) =>
      accept(parts, { ...named(order), survey: await keptSurvey(places, order.survey) }),
    publish: async (order) => publishMilestone(parts, named(order).milestone),
    clone: places.clone,
    parts,
    exchange: openExchange(parts),
    cleanUp: () => cleanUpWorktrees(places),
  }
}

async function openParts(options: WorkspaceOptions): Promise<WorkspaceParts> {
  await mkdir(options.directory, { recursive: true })
  const directory = await realpath(options.directory)
  const places = placesIn(directory, await realFolder(options.cache ?? join(directory, 'dependencies')))
  const git = await openGit(places.gitConfig)
  await removeStaleLocks(places)
  return {
    git,
    places,
    repository: await realpath(options.repository).catch(() => resolve(options.repository)),
    clone: openClone(git, places),
    sandbox: options.sandbox,
    analysis: options.analysis ?? NO_ANALYSIS,
    ...(options.commands === undefined ? {} : { commands: options.commands }),
    ...(options.packages === undefined ? {} : { packages: await realpath(options.packages) }),
    packageSource: options.packageSource ?? PUBLIC_SOURCE,
    log: options.log ?? (() => {}),
  }
}

/** Paths mounted into the sandbox contain no links. */
async function realFolder(path: string): Promise<string> {
  const above = async () => join(await realpath(dirname(path)), basename(path))
  return realpath(path).catch(above)
}

async function measured(parts: WorkspaceParts, { survey: of, commit, signal }: OfCommit) {
  const measurable = await surveyAt(parts.clone, await keptSurvey(parts.places, of), commit)
  const outcome = await measureCommit(parts, { measurable, commit, limitMs: MEASURE_LIMIT_MS, signal })
  if (outcome.kind === 'measured') return outcome
  const reason = outcome.kind === 'broken' ? outcome.reason : `${outcome.report.failed} tests fail`
  throw new WorkspaceError('not_measured', `${commit} could not be measured: ${reason}`)
}

async function runInWorktree(
  parts: WorkspaceParts,
  sandbox: Sandbox,
  order: CommandOrder,
): Promise<CommandEnding> {
  const { survey: of, milestone, task, ...command } = order
  const { dependencies } = await keptSurvey(parts.places, of)
  const root = worktreePath(parts.places, taskWorktree({ milestone, task }))
  const readable = [...(await readableWith(parts.places, dependencies)), ...(command.readable ?? [])]
  return sandbox.run({ ...command, cwd: root, writable: [root], frozen: [join(root, '.git')], readable })
}
