// Workspace
//
// Owns:   opening the room for one repository and one data directory, and its calls under one name.
// Leaves: each call to its file.
//
// A1. Every call may be killed at any moment and made again with the same arguments, and then gives the same.
// A2. The user's repository is read; the only thing ever written to it is a milestone's branch.

import { mkdir, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Commands, Measurement, Submission } from '../machines/index.ts'
import { type AcceptOrder, accept } from './accept.ts'
import { type Analysis, NO_ANALYSIS } from './analysis.ts'
import { carriedOnto, unstage } from './carry.ts'
import { openClone, removeStaleLocks } from './clone.ts'
import { type CollectOrder, collect } from './collect.ts'
import { type TakenArm, takenArms, type UncoveredBranch, uncoveredBranches } from './coverage.ts'
import { readableWith } from './dependencies.ts'
import { type Exchange, openExchange } from './exchange/exchange.ts'
import { openGit } from './git.ts'
import { type PackageSource, PUBLIC_SOURCE } from './install/package-source.ts'
import { measureCommit } from './measure-commit.ts'
import {
  type MilestoneBranch,
  type MilestoneOrder,
  milestoneBranch,
  openMilestone,
  type Published,
  publishMilestone,
} from './milestone-branch.ts'
import { named } from './order-names.ts'
import type { Log, Parts } from './parts.ts'
import { placesIn } from './places.ts'
import { type RoundOrder, roundStart } from './round-start.ts'
import type { Command, Ending, Sandbox } from './sandbox/sandbox.ts'
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
  /** Who parses source; absent: nobody, and nothing is objected to. */
  readonly analysis?: Analysis
  /** Where installed dependencies are kept over runs; in the data directory if absent. */
  readonly cache?: string
  /** A folder of installed packages that the user named; the repository's own, or Canopy's, if absent. */
  readonly packages?: string
  /** Where packages come from by the user's word; npm's public registry if absent. */
  readonly packageSource?: PackageSource
  /** What the configuration says of the repository's own commands. */
  readonly commands?: Commands
  readonly log?: Log
}

interface OfTask {
  readonly milestone: string
  readonly task: string
}

export interface RunOrder extends OfTask, Omit<Command, 'cwd' | 'writable'> {
  readonly survey: SurveyOf
}

interface OfCommit {
  readonly survey: SurveyOf
  readonly commit: string
  readonly signal?: AbortSignal | undefined
}

export interface PrepareOrder extends OfTask, OfCommit {
  /** What an earlier attempt handed in; it goes on from that where it still fits. */
  readonly carry?: string | undefined
  /** The same, fitted onto the commit already by whoever has the history (exchange). */
  readonly carried?: string | undefined
}

export interface Workspace {
  /** Whether the repository can be worked on, and what the work has to know of it. */
  survey(options?: SurveyOptions): Promise<SurveyOutcome>
  /** Makes the milestone's branch, or tells where it is. */
  openMilestone(order: MilestoneOrder): Promise<MilestoneBranch>
  /** Where an opened milestone is. */
  milestone(order: { milestone: string }): Promise<MilestoneBranch>
  /** The commit that the tasks of a round start from. */
  roundStart(order: RoundOrder): Promise<string>
  /** How far the tests of a commit reach. */
  measure(order: OfCommit): Promise<Measurement>
  /** The branches of a module that no test takes. */
  uncovered(order: OfCommit & { module: string }): Promise<UncoveredBranch[]>
  /** The branch arms of a module that some test takes. */
  taken(order: OfCommit & { module: string }): Promise<TakenArm[]>
  /** A fresh checkout for a task. */
  prepareWorktree(order: PrepareOrder): Promise<Worktree>
  /** Runs a command in a task's worktree, in the sandbox. */
  run(order: RunOrder): Promise<Ending>
  submit(order: SubmitOrder): Promise<Submission>
  /** A commit of all that differs in a task's worktree. */
  collect(order: CollectOrder): Promise<Submission>
  releaseWorktree(order: OfTask): Promise<void>
  /** Runs acceptance commands at the tip of a milestone's branch; what was not accepted. */
  accept(order: Omit<AcceptOrder, 'survey'> & { survey: SurveyOf }): Promise<string[]>
  /** Brings a milestone's branch into the user's repository, if it is not there yet. */
  publish(order: { milestone: string }): Promise<Published>
  /** Canopy's own bare repository: what was handed in is there, merged or not. */
  readonly clone: string
  /** What gates and tools are built on. */
  readonly parts: Parts
  /** With workspaces of the same run on other machines. */
  readonly exchange: Exchange
  /** Removes all worktrees and everything else that is only of use while something runs. */
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

async function openParts(options: WorkspaceOptions): Promise<Parts> {
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

/** What is mounted into the sandbox is named without links. */
async function realFolder(path: string): Promise<string> {
  const above = async () => join(await realpath(dirname(path)), basename(path))
  return realpath(path).catch(above)
}

async function measured(parts: Parts, { survey: of, commit, signal }: OfCommit) {
  const measurable = await surveyAt(parts.clone, await keptSurvey(parts.places, of), commit)
  const outcome = await measureCommit(parts, { measurable, commit, limitMs: MEASURE_LIMIT_MS, signal })
  if (outcome.kind === 'measured') return outcome
  const reason = outcome.kind === 'broken' ? outcome.reason : `${outcome.report.failed} tests fail`
  throw new WorkspaceError('not_measured', `${commit} could not be measured: ${reason}`)
}

async function runInWorktree(parts: Parts, sandbox: Sandbox, order: RunOrder): Promise<Ending> {
  const { survey: of, milestone, task, ...command } = order
  const { dependencies } = await keptSurvey(parts.places, of)
  const root = worktreePath(parts.places, taskWorktree({ milestone, task }))
  const readable = [...(await readableWith(parts.places, dependencies)), ...(command.readable ?? [])]
  return sandbox.run({ ...command, cwd: root, writable: [root], frozen: [join(root, '.git')], readable })
}
