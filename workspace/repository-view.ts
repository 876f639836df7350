// Repository view
//
// A git folder of Canopy's own through which git sees objects, refs and index of the user's repository.
// Leaves: which folders may be used at all (git-folders.ts), the questions (repository.ts).
//
// Git reads no settings, attributes, hooks or grafts of the repository: they are not in the view. So no filter,
// monitor, transport, credential helper or other configured program ever starts, not even one that a future git
// supports. Attributes of the checkout can only name a filter, and none is defined. Of the settings only the repository
// format and five yes-or-no settings about its file system are copied.

import { randomUUID } from 'node:crypto'
import { copyFileSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import type { Git } from './git.ts'
import { type GitFolders, gitFoldersOf } from './git-folders.ts'
import type { DataPlaces } from './places.ts'
import { removeTree } from './remove-tree.ts'
import { Refusal } from './survey/refusal.ts'

export interface ViewOrder {
  readonly git: Git
  readonly places: Pick<DataPlaces, 'scratch'>
  /** The checkout's top folder. */
  readonly repository: string
}

/**
 * Calls `use` with the view's path; the view is removed afterwards. Throws a Refusal for a repository that must not be
 * read.
 */
export async function withView<T>(order: ViewOrder, use: (view: RepositoryView) => Promise<T>): Promise<T> {
  const { git, places, repository } = order
  const workTreeOf = async (file: string) => (await settingsIn(git, file)).get('core.worktree')
  const folders = await gitFoldersOf(repository, { safe: () => safeFolders(git), workTreeOf })
  const own = await settingsIn(git, join(folders.common, 'config'))
  const settings = viewSettings(repository, own)
  const path = join(places.scratch, `view-${randomUUID()}`)
  try {
    makeView(path, folders, settings)
    return await use({ path, index: join(folders.own, 'index'), own })
  } finally {
    await removeTree(path)
  }
}

export interface RepositoryView {
  /** For `--git-dir`. HEAD is that of the checkout. */
  readonly path: string
  /** The checkout's. */
  readonly index: string
  /** The repository's own settings, by name in lower case. Git in the view does not read them. */
  readonly own: ReadonlyMap<string, string>
}

/**
 * Options with which git compares files as the user's git does: line endings that a setting converts are no change. The
 * values are words from a list, so none names a program.
 */
export async function lineEndingOptions(git: Git, { own }: RepositoryView): Promise<string[]> {
  const users = await Promise.all(userSettingsFiles().map((file) => settingsIn(git, file, '--includes')))
  return Object.entries(LINE_ENDINGS).flatMap(([name, values]) => {
    const value = [...users, own].findLast((settings) => settings.has(name))?.get(name)
    return value !== undefined && values.includes(value.toLowerCase()) ? ['-c', `${name}=${value}`] : []
  })
}

const LINE_ENDINGS: Readonly<Record<string, readonly string[]>> = {
  'core.autocrlf': ['true', 'false', 'input'],
  'core.eol': ['lf', 'crlf', 'native'],
}

/** HEAD of the main worktree, so that git does not move a branch that is checked out there. */
export function showMainHead({ path }: RepositoryView): void {
  copyFileSync(join(path, 'main-head'), join(path, 'HEAD'))
}

const LINKED = ['objects', 'refs', 'packed-refs', 'reftable', 'shallow', 'worktrees']

function makeView(path: string, { own, common }: GitFolders, settings: string): void {
  mkdirSync(join(path, 'info'), { recursive: true, mode: 0o700 })
  writeFileSync(join(path, 'config'), settings)
  copyFileSync(join(own, 'HEAD'), join(path, 'HEAD'))
  copyFileSync(join(common, 'HEAD'), join(path, 'main-head'))
  const shared = LINKED.map((name) => join(common, name))
  const sharedIndexes = readdirSync(own).filter((name) => name.startsWith('sharedindex.'))
  for (const target of [...shared, ...sharedIndexes.map((name) => join(own, name))])
    if (isThere(target)) symlinkSync(target, join(path, basename(target)))
  const exclude = join(common, 'info/exclude')
  if (isThere(exclude)) symlinkSync(exclude, join(path, 'info/exclude'))
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

/** Settings in one file; names in lower case, for each the last value. */
async function settingsIn(
  git: Git,
  file: string,
  included: '--includes' | '--no-includes' = '--no-includes',
): Promise<Map<string, string>> {
  const args = ['config', '--file', file, included, '--null', '--list']
  const { stdout } = await git({ args, accept: [1, 3, 128] })
  const entries = stdout.split('\0').filter(Boolean)
  return new Map(entries.map((entry) => splitAt(entry, entry.indexOf('\n'))))
}

/** A name alone means yes. */
function splitAt(entry: string, at: number): [string, string] {
  return at < 0 ? [entry.toLowerCase(), 'true'] : [entry.slice(0, at).toLowerCase(), entry.slice(at + 1)]
}

const FORMATS: Readonly<Record<string, readonly string[]>> = {
  'extensions.objectformat': ['sha1', 'sha256'],
  'extensions.refstorage': ['files', 'reftable'],
}
/** Without effect for reading, or about settings that the view does not have. */
const HARMLESS = ['noop', 'worktreeconfig', 'preciousobjects', 'partialclone', 'relativeworktrees']
const FILE_SYSTEM = ['filemode', 'symlinks', 'ignorecase', 'precomposeunicode', 'trustctime']

function viewSettings(repository: string, said: ReadonlyMap<string, string>): string {
  const version = said.get('core.repositoryformatversion') ?? '0'
  const extensions = [...said].filter(([name]) => name.startsWith('extensions.'))
  const unknown = extensions.find(
    ([name, value]) =>
      !FORMATS[name]?.includes(value) && !HARMLESS.includes(name.slice('extensions.'.length)),
  )
  if (unknown !== undefined || !/^[01]$/.test(version)) {
    const what = unknown === undefined ? `version ${version}` : unknown.join(' = ')
    throw new Refusal('foreign_repository', `${repository} has a format that Canopy does not read: ${what}`)
  }
  const formats = extensions.filter(([name]) => name in FORMATS)
  const answers = FILE_SYSTEM.flatMap((name) => {
    const value = said.get(`core.${name}`)?.toLowerCase()
    return value === 'true' || value === 'false' ? [`\t${name} = ${value}\n`] : []
  })
  const core = `[core]\n\trepositoryformatversion = ${version}\n\tbare = false\n\tlogAllRefUpdates = false\n`
  const lines = formats.map(([name, value]) => `\t${name.slice('extensions.'.length)} = ${value}\n`)
  return `${core}${answers.join('')}[extensions]\n${lines.join('')}`
}

/** Exceptions for repositories of other owners, by the user or the machine's administrator. */
async function safeFolders(git: Git): Promise<string[]> {
  const found: string[] = []
  for (const file of userSettingsFiles()) {
    const args = ['config', '--file', file, '--includes', '--null', '--get-all', 'safe.directory']
    found.push(...(await git({ args, accept: [1, 3, 128] })).stdout.split('\0').slice(0, -1))
  }
  return found
}

/** Those that are there, in the order in which git reads them. */
function userSettingsFiles(): string[] {
  const home = process.env.HOME ?? homedir()
  const files = ['/etc/gitconfig', join(process.env.XDG_CONFIG_HOME || join(home, '.config'), 'git/config')]
  return [...files, join(home, '.gitconfig')].filter(isThere)
}
