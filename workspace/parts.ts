// Parts
//
// The parts that the steps of this room share; made once when a workspace is opened (workspace.ts).

import type { Commands } from '../machines/index.ts'
import type { Analysis } from './analysis.ts'
import type { Clone } from './clone.ts'
import type { Git } from './git.ts'
import type { PackageSource } from './install/package-source.ts'
import type { Places } from './places.ts'
import type { Sandbox } from './sandbox/sandbox.ts'

export type Log = (message: string, fields?: Readonly<Record<string, unknown>>) => void

export interface Parts {
  /** The user's, as a real path. */
  readonly repository: string
  readonly git: Git
  readonly places: Places
  readonly clone: Clone
  readonly sandbox: Sandbox
  readonly analysis: Analysis
  /** The repository's `commands` setting. */
  readonly commands?: Commands | undefined
  /**
   * The folder of installed packages that the user named, as a real path; absent: the repository's own, or Canopy's.
   */
  readonly packages?: string | undefined
  /** The registries and their settings. */
  readonly packageSource: PackageSource
  readonly log: Log
}
