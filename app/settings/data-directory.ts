// Data directory
//
// Owns:   the folder of a run's state: the default, the option, and the check that it can be written.
// Leaves: its content (persistence/, app/logs/).
//
// D1. The same repository always gets the same directory, so that the same command goes on where it was.

import { createHash } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { systemReason, UserError } from '../errors.ts'
import { repositoryRoot } from './repository.ts'
import { sampleSource } from './sample.ts'

/** What the machine says, passed in. */
export interface HostEnvironment {
  readonly directory: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly cores: number
}

/** The options that say which run is meant. */
export interface WhichRun {
  readonly repo?: string
  readonly data?: string
}

/** Where the run of these options keeps its state; nothing is made. */
export function dataDirectoryOf({ repo, data }: WhichRun, around: HostEnvironment): string {
  if (data !== undefined) return resolve(around.directory, data)
  const origin = repo === undefined ? sampleSource : repositoryRoot(resolve(around.directory, repo))
  return defaultDataDirectory(origin, around)
}

/** `$XDG_STATE_HOME/canopy/<name>-<hash of the real path>`. */
export function defaultDataDirectory(repository: string, around: HostEnvironment): string {
  const hash = createHash('sha256').update(repository).digest('hex').slice(0, 8)
  const name = basename(repository).replace(/[^\w.-]+/g, '-') || 'root'
  return stateDirectory(`${name}-${hash}`, around)
}

/** A folder of Canopy's among those where programs keep their state. */
export function stateDirectory(name: string, around: Pick<HostEnvironment, 'env' | 'home'>): string {
  const given = around.env.XDG_STATE_HOME ?? ''
  const state = isAbsolute(given) ? given : join(around.home, '.local', 'state')
  return join(state, 'canopy', name)
}

/** The user's checkout is left alone. */
export function refuseInside(dataDirectory: string, repository: string): void {
  const way = relative(repository, dataDirectory)
  if (way.startsWith('..') || isAbsolute(way)) return
  throw new UserError(
    'bad_option',
    `--data is ${dataDirectory}, inside the repository ${repository}`,
    'Choose a directory outside the repository: Canopy does not change your checkout.',
  )
}

/** Makes the directory if it is not there. */
export async function makeWritable(directory: string): Promise<void> {
  const probe = join(directory, `.writable-${process.pid}`)
  try {
    await makeDirectory(directory)
    await writeFile(probe, '')
    await rm(probe)
  } catch (error) {
    throw new UserError(
      'data_unwritable',
      `the data directory ${directory} cannot be written: ${systemReason(error)}`,
      'Choose another one: --data DIR',
      { cause: error },
    )
  }
}

/** Step by step: Node's recursive `mkdir` never comes back from a place like /proc, where nothing can be made. */
async function makeDirectory(directory: string): Promise<void> {
  const make = (): Promise<void> => mkdir(directory, { mode: 0o700 })
  const unlessThere = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EEXIST') throw error
  }
  try {
    await make()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return unlessThere(error as NodeJS.ErrnoException)
    await makeDirectory(dirname(directory))
    await make().catch(unlessThere)
  }
}
