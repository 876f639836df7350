// Parts
//
// The parts that the steps of this room share; made once when a workspace is opened (workspace.ts).

import type { CommandSettings } from '../machines/index.ts'
import type { SourceAnalysis } from './analysis.ts'
import type { BroughtFile } from './bring/brought-file.ts'
import type { Clone } from './clone.ts'
import type { Git } from './git.ts'
import type { PackageSource } from './install/package-source.ts'
import type { DataPlaces } from './places.ts'
import type { Sandbox } from './sandbox/sandbox.ts'

export type WorkspaceLog = (message: string, fields?: Readonly<Record<string, unknown>>) => void

export interface WorkspaceParts {
  /** The user's, as a real path. */
  readonly repository: string
  readonly git: Git
  readonly places: DataPlaces
  readonly clone: Clone
  readonly sandbox: Sandbox
  readonly analysis: SourceAnalysis
  /** The repository's `commands` setting. */
  readonly commands?: CommandSettings | undefined
  /** The files of the checkout that `commands.bring` names; absent outside of a survey. */
  readonly brought?: readonly BroughtFile[]
  /**
   * The folder of installed packages that the user named, as a real path; absent: the repository's own, or Canopy's.
   */
  readonly packages?: string | undefined
  /** The registries and their settings. */
  readonly packageSource: PackageSource
  readonly log: WorkspaceLog
}
