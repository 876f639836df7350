// Source
//
// Owns:   reading configuration files: the user's own and the repository's, each once and whole.
// Leaves: what stands in them (schema.ts), what counts (layers.ts).
//
// S1. A file that others could have written is not the user's: it is refused as ssh refuses its own.
// S2. Folders of acceptance files are meant from where the file that names them stands, and stand outside the repository.
// S3. A repository's file is opened without following a link; the text read once is judged, hashed and used.

import { createHash } from 'node:crypto'
import { constants, existsSync, realpathSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import type { AcceptCheck } from '../../machines/index.ts'
import { FileRefused, readInside } from '../../workspace/index.ts'
import { systemReason, UserError } from '../errors.ts'
import type { HostEnvironment } from '../settings/data-directory.ts'
import { type ConfigurationDocument, type EntryPath, EXAMPLE, printable, shown } from './document.ts'
import { parseConfigurationFile } from './schema.ts'

export const REPOSITORY_FILE = 'canopy.yaml'
const MAX_BYTES = 128 * 1024

export interface ConfigurationFile extends ConfigurationDocument {
  readonly path: string
  readonly text: string
  /** SHA-256 of its bytes, hexadecimal. */
  readonly sha256: string
}

type FilePlaces = Pick<HostEnvironment, 'env' | 'home' | 'directory'>

/** `--config`, else `$XDG_CONFIG_HOME/canopy/config.yaml`, else `~/.config/canopy/config.yaml`. */
function userFilePath(config: string | undefined, around: FilePlaces): string {
  if (config !== undefined) return resolve(around.directory, config)
  const given = around.env.XDG_CONFIG_HOME ?? ''
  return join(isAbsolute(given) ? given : join(around.home, '.config'), 'canopy', 'config.yaml')
}

/** The user's own file; undefined when there is none and none was named. */
export async function readUserFile(
  config: string | undefined,
  repository: string | undefined,
  around: FilePlaces,
): Promise<ConfigurationFile | undefined> {
  const path = userFilePath(config, around)
  if (config === undefined && !existsSync(path)) return undefined
  return readOwnFile('--config', path, repository)
}

/** A file that the user named: it must be the user's (S1) and stand where no worker reads it. */
export async function readOwnFile(
  option: string,
  path: string,
  repository: string | undefined,
): Promise<ConfigurationFile> {
  const bytes = await readOwnBytes(path)
  refuseInside(path, repository, `Keep it outside, for example in ~/.config/canopy: ${option} FILE.`)
  const file = fileOf(path, bytes)
  return { ...file, value: withFolders(file, repository) }
}

/** The same values, folders of acceptance files by their whole path (S2). */
function withFolders(file: ConfigurationFile, repository: string | undefined): unknown {
  const { milestones, ...others } = file.value as { milestones?: readonly MilestoneInFile[] }
  if (milestones === undefined) return others
  const placed = (check: AcceptCheck, path: EntryPath): AcceptCheck =>
    typeof check === 'string' ? check : { ...check, files: folderOf(file, check.files, path, repository) }
  return {
    ...others,
    milestones: milestones.map(({ goal, ...milestone }, at) => ({
      ...milestone,
      goal: {
        ...goal,
        ...(goal.accept && {
          accept: goal.accept.map((check, index) =>
            placed(check, ['milestones', at, 'goal', 'accept', index, 'files']),
          ),
        }),
      },
    })),
  }
}

interface MilestoneInFile {
  readonly goal: { readonly accept?: readonly AcceptCheck[] }
}

function folderOf(
  { path: file, placeOf }: ConfigurationFile,
  files: string,
  path: EntryPath,
  repository: string | undefined,
): string {
  const folder = resolve(dirname(file), files)
  const place = placeOf({ path })
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new UserError(
      'configuration_invalid',
      `${place}: files is ${shown(files)}; there is no folder ${folder}`,
      'Name a folder outside the repository, by its absolute path or relative to this file.',
    )
  refuseInside(folder, repository, `Keep it outside; ${place} names it.`)
  return realpathSync(folder)
}

function refuseInside(path: string, repository: string | undefined, wayOut: string): void {
  if (repository === undefined || !isInside(realpathSync(path), repository)) return
  throw new UserError(
    'configuration_unsafe',
    `${path} is inside the repository ${repository}, where workers can read it`,
    wayOut,
  )
}

/** What the repository says; undefined when it has no such file. */
export async function readRepositoryFile(repository: string): Promise<ConfigurationFile | undefined> {
  const path = join(repository, REPOSITORY_FILE)
  try {
    const found = await readInside(repository, REPOSITORY_FILE, MAX_BYTES)
    return found && fileOf(path, found.bytes)
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error
    throw unreadable(path, error.message)
  }
}

/** The bytes of a regular file that is the user's own and that nobody else may write. */
export async function readOwnBytes(path: string): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw unreadable(path, systemReason(error))
  })
  try {
    const stat = await file.stat()
    if (!stat.isFile()) throw unreadable(path, 'it is not a regular file')
    if (stat.size > MAX_BYTES)
      throw unreadable(path, `it has ${stat.size} bytes; expected at most ${MAX_BYTES}`)
    const user = process.getuid?.()
    if (user !== undefined && stat.uid !== user && stat.uid !== 0)
      throw unsafe(path, `it belongs to the user ${stat.uid}, not to you (${user})`, `chown ${user}`)
    if (process.platform !== 'win32' && (stat.mode & 0o022) !== 0)
      throw unsafe(path, 'other users may write it', 'chmod go-w')
    return await file.readFile()
  } finally {
    await file.close()
  }
}

function fileOf(path: string, bytes: Buffer): ConfigurationFile {
  const text = textOf(path, bytes)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { ...parseConfigurationFile(text, path), path, text, sha256 }
}

function textOf(path: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw unreadable(path, 'it is not UTF-8')
  }
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith('../') && !isAbsolute(way)
}

function unreadable(path: string, reason: string): UserError {
  return new UserError('configuration_unreadable', printable(`${path} cannot be read: ${reason}`), EXAMPLE)
}

function unsafe(path: string, reason: string, command: string): UserError {
  return new UserError(
    'configuration_unsafe',
    `${path} is not used: ${reason}`,
    `Make it yours alone: ${command} ${path}`,
  )
}
