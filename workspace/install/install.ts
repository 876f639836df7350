// Install
//
// Installs packages into a folder of Canopy's own, with a package manager in the sandbox.
// Leaves: running it (package-manager.ts), refusals before it (foreign-dependencies.ts).
//
// No script of any package runs unless the user allowed it, and none ever outside the sandbox. Versions that become
// part of a command are checked to be versions: they come from files of packages.
// I2. Of the package manager's result only `node_modules` is kept, of the top folder and of each of the repository's own
//     packages: real folders whose entries lead to packages of the same installation.

import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { lstat, mkdir, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import type { Survey } from '../../machines/index.ts'
import { removeTree } from '../remove-tree.ts'
import { installedBin } from '../runners/installed-bin.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { WorkspaceError } from '../workspace-error.ts'
import { type ForeignDependency, foreignDependencies, type InstallFiles } from './foreign-dependencies.ts'
import { PNPM_WORKSPACE } from './package-folders.ts'
import { type Program, portFor, runPackageManager } from './package-manager.ts'
import { ledInside, type PackageSource } from './package-source.ts'
import { managerWanted } from './pinned-manager.ts'
import { keptPnpmSettings } from './pnpm-settings.ts'

export interface InstallSurroundings {
  readonly sandbox: Sandbox
  readonly source: PackageSource
  /** The package managers' cache. */
  readonly cache: string
  readonly signal?: AbortSignal | undefined
}

export interface InstallOrder extends InstallSurroundings {
  /** Must be empty. */
  readonly folder: string
  readonly packageManager: Survey['packageManager']
  /** Each `package.json`, lock file, `.npmrc` and `pnpm-workspace.yaml`: path to content. */
  readonly files: InstallFiles
}

const LIMIT_MS = 10 * 60_000
const QUIET = ['--no-audit', '--no-fund', '--loglevel=error']

/** Folders of the repository's own packages, without its top folder. */
export const ownFoldersIn = (files: InstallFiles): string[] =>
  Object.keys(files).flatMap((file) => (file.endsWith('/package.json') ? [dirname(file)] : []))

/** In the order of trial: strict first; an inconsistent lock file or peer must not end the run. */
function attempts({ files, packageManager, source }: InstallOrder): string[][] {
  const locked = 'package-lock.json' in files || 'npm-shrinkwrap.json' in files
  const scripts = source.allowed.has('scripts') ? [] : ['--ignore-scripts']
  const npm = [...(locked ? [['npm', 'ci']] : []), ['npm', 'install']]
  const strict = npm.map((words) => [...words, ...scripts, ...QUIET])
  const lenient = npm.map((words) => [...words, ...scripts, ...QUIET, '--legacy-peer-deps'])
  const alone = PNPM_WORKSPACE in files ? [] : ['--ignore-workspace']
  const pnpm = ['--frozen-lockfile', '--no-frozen-lockfile'].map((lock) => [
    ...['pnpm', 'install', lock, ...scripts, ...alone, '--ignore-pnpmfile'],
  ])
  const yarn = ['yarn', 'install', '--frozen-lockfile', ...scripts, '--non-interactive', '--no-default-rc']
  // Since version 2, which knows none of those options: its settings are in the environment.
  const berry = ['yarn', 'install', '--immutable']
  const own = { npm: [], pnpm, yarn: [yarn, berry] }[packageManager]
  return [...own, ...strict, ...lenient]
}

export async function installAll(order: InstallOrder): Promise<void> {
  refuseForeign(order)
  const reasons: string[] = []
  const manager = await wantedManager(order)
  for (const words of attempts(order)) {
    const reason = await attempt(order, words, words[0] === 'npm' ? undefined : manager)
    if (reason === undefined) return
    reasons.push(`${words.slice(0, 2).join(' ')}: ${reason}`)
    if (UNREACHABLE.test(reason)) break
  }
  const advice = `Install them yourself (${order.packageManager} install) and start again.`
  // npm's reason says little of a repository that another package manager is for.
  const reason = order.packageManager === 'npm' ? reasons.at(-1) : reasons[0]
  const message = `Dependencies could not be installed. ${advice}\n${reason}`
  throw new WorkspaceError('dependencies_not_installed', message)
}

/** The package manager of the version that the repository asks for, from the registry; absent: that on the PATH. */
async function wantedManager(order: InstallOrder): Promise<Program | undefined> {
  const wanted = managerWanted(order.packageManager, order.files)
  if (wanted === undefined) return undefined
  const place = join(order.cache, wanted.folder)
  try {
    if (!existsSync(place)) {
      const unfinished = `${place}.${randomUUID()}.tmp`
      const made = addPackages({ ...order, folder: unfinished, packages: [wanted.package] })
      // Another run may have made it meanwhile.
      await made.then(() => rename(unfinished, place).catch(() => {})).finally(() => removeTree(unfinished))
    }
    const name = wanted.package.replace(/(?<=.)@.*$/, '')
    const packages = join(place, 'node_modules')
    const program = await installedBin({ root: place, dependencies: packages }, name)
    return { argv: [process.execPath, program], readable: [place] }
  } catch (error) {
    if (error instanceof WorkspaceError) return undefined
    throw error
  }
}

/** Failures that other options do not change. */
const UNREACHABLE =
  /\b(E40[1349]|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOSPC|EACCES|no registry of yours)\b/

/** In a new folder each time, of which only the packages are kept (I2). */
async function attempt(
  order: InstallOrder,
  words: readonly string[],
  program: Program | undefined,
): Promise<string | undefined> {
  const work = join(order.folder, 'work')
  await removeTree(work)
  await mkdir(work)
  const port = portFor(order.sandbox)
  for (const [name, content] of Object.entries(order.files)) {
    if (name === '.npmrc') continue
    const text = name === PNPM_WORKSPACE ? keptPnpmSettings(content) : content
    await mkdir(dirname(join(work, name)), { recursive: true })
    await writeFile(join(work, name), ledInside(text, order.source, port))
  }
  const hosts = allowedHosts(order)
  const reason = failureOf(
    await runPackageManager({ ...order, folder: work, words, program, hosts, timeoutMs: LIMIT_MS }),
  )
  if (reason !== undefined) return reason
  // A package without dependencies gets no folder.
  await mkdir(join(work, 'node_modules'), { recursive: true })
  await keepPackages(work, order.folder, order.files)
  return undefined
}

function failureOf(result: Awaited<ReturnType<typeof runPackageManager>>): string | undefined {
  if (result.kind === 'failed') return result.reason
  if (result.code === 0) return undefined
  const said = result.stderr.trim() || result.stdout.trim() || `ended with ${result.code}`
  return [...(result.trouble === undefined ? [] : [result.trouble]), said.slice(-1500)].join('\n')
}

/** I2. */
async function keepPackages(work: string, folder: string, files: InstallFiles): Promise<void> {
  const top = await realpath(work)
  for (const own of ['', ...ownFoldersIn(files)]) {
    const packages = join(top, own, 'node_modules')
    const kind = await lstat(packages).catch(() => undefined)
    if (kind === undefined) continue
    if (!kind.isDirectory() || (await realpath(packages)) !== packages)
      throw new WorkspaceError(
        'dependencies_not_installed',
        'node_modules was made as a link, not as a folder',
      )
    await removeStrayLinks(top, packages)
  }
  // Links between them are relative, and stay right where all keep their places.
  for (const own of ownFoldersIn(files)) {
    await mkdir(join(folder, own), { recursive: true })
    await writeFile(join(folder, own, 'package.json'), files[`${own}/package.json`] ?? '')
    await rename(join(top, own, 'node_modules'), join(folder, own, 'node_modules')).catch(nothingIfAbsent)
  }
  await rename(join(top, 'node_modules'), join(folder, 'node_modules'))
  await removeTree(work)
}

function nothingIfAbsent(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}

/** A link among the packages must lead to another package of the same installation, or it is removed. */
async function removeStrayLinks(top: string, packages: string): Promise<void> {
  const names = await readdir(packages)
  const scopes = names.filter((name) => name.startsWith('@')).map((name) => join(packages, name))
  for (const folder of [packages, ...scopes]) {
    if (!(await lstat(folder)).isDirectory()) continue
    for (const name of await readdir(folder)) {
      const path = join(folder, name)
      if (!(await lstat(path)).isSymbolicLink()) continue
      const target = await realpath(path).catch(() => '')
      if (!target.startsWith(`${top}${sep}`)) await rm(path)
    }
  }
}

function refuseForeign({ files, source, packageManager }: InstallOrder): void {
  const found = foreignDependencies(files, source)
  if (found.length === 0) return
  const list = found
    .slice(0, 10)
    .map(({ kind, file, line, text }) => `- ${file}:${line}: ${text} (${WHAT[kind]})`)
  const more = found.length > 10 ? [`- and ${found.length - 10} more`] : []
  const kinds = [...new Set(found.map(({ kind }) => kind))]
  const message = [
    'These dependencies are not packages of your registry, so nothing was installed:',
    ...[...list, ...more],
    waysOut(kinds, packageManager),
  ]
  throw new WorkspaceError('dependencies_not_installed', message.join('\n'))
}

const WHAT: Readonly<Record<ForeignDependency['kind'], string>> = {
  git: 'a git repository',
  url: 'an address outside the registry',
  file: 'a folder or file',
  name: 'not the name of a package',
  registry: 'a registry that you did not name',
}

function waysOut(kinds: readonly ForeignDependency['kind'][], packageManager: string): string {
  const flags = kinds.filter((kind) => kind === 'git' || kind === 'url')
  const ways = [
    `Install them yourself in your checkout (${packageManager} install), and Canopy uses that`,
    ...(flags.length > 0 ? [`allow them: --allow-dependencies ${flags.join(',')}`] : []),
    ...(kinds.includes('registry') ? ['or put the registry into your own ~/.npmrc'] : []),
  ]
  return `${ways.join('; ')}.`
}

const GIT_HOSTS = ['github.com', 'codeload.github.com', 'gitlab.com', 'bitbucket.org']

/** Servers of dependencies that the user allowed; those of git have short names, too. */
function allowedHosts({ files, source }: InstallOrder): ReadonlySet<string> {
  const { allowed } = source
  if (!allowed.has('git') && !allowed.has('url')) return new Set()
  const found = foreignDependencies(files, { ...source, allowed: new Set() })
  const named = found.flatMap(({ kind, text }) => {
    if ((kind !== 'git' && kind !== 'url') || !allowed.has(kind)) return []
    return /https:\/\/(?:[^/@\s]*@)?([a-z0-9.-]+)/i.exec(text)?.[1]?.toLowerCase() ?? []
  })
  return new Set([...named, ...(allowed.has('git') ? GIT_HOSTS : [])])
}

const VERSIONED = /^(@[a-z0-9-]+\/)?[a-z0-9][a-z0-9-]*(@\d+(\.\d+\.\d+(-[0-9A-Za-z.-]+)?)?)?$/

export async function addPackages(
  order: InstallSurroundings & { readonly folder: string; readonly packages: readonly string[] },
): Promise<void> {
  const { folder, packages } = order
  const odd = packages.find((name) => !VERSIONED.test(name))
  if (odd !== undefined)
    throw new WorkspaceError('dependencies_not_installed', `${odd} is no package with a version`)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{"private":true}')
  const words = ['npm', 'install', '--ignore-scripts', ...QUIET, '--legacy-peer-deps', ...packages]
  const reason = failureOf(await runPackageManager({ ...order, words, timeoutMs: LIMIT_MS }))
  if (reason === undefined) return
  const names = packages.join(' ')
  throw new WorkspaceError('dependencies_not_installed', `${names} could not be installed: ${reason}`, {
    retryable: true,
  })
}
