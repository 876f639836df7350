// Workspace
//
// Opens a workspace for one repository and one data directory: all of its ports.
// Leaves: each port to its file (milestones.ts, measurements.ts, task-worktrees.ts, exchange/, survey/).
//
// After a crash, every call may be made again with the same arguments and then gives the same result. The user's
// repository is only read, except that a milestone's branch is written to it.

import { mkdir, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { CommandSettings } from '../machines/index.ts'
import { NO_ANALYSIS, type SourceAnalysis } from './analysis.ts'
import { openClone, removeStaleLocks } from './clone.ts'
import { openExchange, type WorkspaceExchange } from './exchange/exchange.ts'
import { openGit } from './git.ts'
import { type PackageSource, PUBLIC_SOURCE } from './install/package-source.ts'
import { type Measurements, openMeasurements } from './measurements.ts'
import { type Milestones, openMilestones } from './milestones.ts'
import type { WorkspaceLog, WorkspaceParts } from './parts.ts'
import { placesIn } from './places.ts'
import type { Sandbox } from './sandbox/sandbox.ts'
import { type SurveyOptions, type SurveyOutcome, survey } from './survey/survey.ts'
import { openTaskWorktrees, type TaskWorktrees } from './task-worktrees.ts'
import { cleanUpWorktrees } from './worktree.ts'

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

export interface RepositorySurvey {
  /** Whether Canopy can work on the repository, and the facts that the work needs. */
  survey(options?: SurveyOptions): Promise<SurveyOutcome>
}

/** All ports of one repository. A reader takes only those that it uses. */
export interface Workspace extends RepositorySurvey, Milestones, Measurements, TaskWorktrees {
  /** Canopy's own bare repository with all submissions, merged or not. */
  readonly clone: string
  /** The parts that gates and tools use. */
  readonly parts: WorkspaceParts
  /** With workspaces of the same run on other machines. */
  readonly exchange: WorkspaceExchange
  /** Removes all worktrees and everything else that is needed only during a run. */
  cleanUp(): Promise<void>
}

export async function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const parts = await openParts(options)
  return {
    survey: (order = {}) => survey(parts, order),
    ...openMilestones(parts),
    ...openMeasurements(parts),
    ...openTaskWorktrees(parts),
    clone: parts.places.clone,
    parts,
    exchange: openExchange(parts),
    cleanUp: () => cleanUpWorktrees(parts.places),
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
