// Install
//
// Installs packages into a folder of Canopy's own, with a package manager in the sandbox.
// Leaves: running it (package-manager.ts), refusals before it (foreign-dependencies.ts).
//
// No script of any package runs unless the user allowed it, and none ever outside the sandbox. Versions that become
// part of a command are checked to be versions: they come from files of packages.
// I2. Of the package manager's result only `node_modules` is kept: a real folder whose entries lead nowhere else.

import { lstat, mkdir, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { Survey } from '../../machines/index.ts'
import { removeTree } from '../remove-tree.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { WorkspaceError } from '../workspace-error.ts'
import { type ForeignDependency, foreignDependencies, type InstallFiles } from './foreign-dependencies.ts'
import { portFor, runPackageManager } from './package-manager.ts'
import { ledInside, type PackageSource } from './package-source.ts'

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
  /** `package.json`, lock file and `.npmrc`: name to content. */
  readonly files: InstallFiles
}

const LIMIT_MS = 10 * 60_000
const QUIET = ['--no-audit', '--no-fund', '--loglevel=error']

/** In the order of trial: strict first; an inconsistent lock file or peer must not end the run. */
function attempts({ files, packageManager, source }: InstallOrder): string[][] {
  const locked = 'package-lock.json' in files || 'npm-shrinkwrap.json' in files
  const scripts = source.allowed.has('scripts') ? [] : ['--ignore-scripts']
  const npm = [...(locked ? [['npm', 'ci']] : []), ['npm', 'install']]
  const strict = npm.map((words) => [...words, ...scripts, ...QUIET])
  const lenient = npm.map((words) => [...words, ...scripts, ...QUIET, '--legacy-peer-deps'])
  const pnpm = ['pnpm', 'install', '--frozen-lockfile', ...scripts, '--ignore-workspace', '--ignore-pnpmfile']
  const yarn = ['yarn', 'install', '--frozen-lockfile', ...scripts, '--non-interactive', '--no-default-rc']
  // Since version 2, which knows none of those options: its settings are in the environment.
  const berry = ['yarn', 'install', '--immutable']
  const own = { npm: [], pnpm: [pnpm], yarn: [yarn, berry] }[packageManager]
  return [...own, ...strict, ...lenient]
}

export async function installAll(order: InstallOrder): Promise<void> {
  refuseForeign(order)
  const reasons: string[] = []
  for (const words of attempts(order)) {
    const reason = await attempt(order, words)
    if (reason === undefined) return
    reasons.push(`${words.slice(0, 2).join(' ')}: ${reason}`)
    if (UNREACHABLE.test(reason)) break
  }
  const advice = `Install them yourself (${order.packageManager} install) and start again.`
  const message = `Dependencies could not be installed. ${advice}\n${reasons.at(-1)}`
  throw new WorkspaceError('dependencies_not_installed', message)
}

/** Failures that other options do not change. */
const UNREACHABLE =
  /\b(E40[1349]|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOSPC|EACCES|no registry of yours)\b/

/** In a new folder each time, of which only the packages are kept (I2). */
async function attempt(order: InstallOrder, words: readonly string[]): Promise<string | undefined> {
  const work = join(order.folder, 'work')
  await removeTree(work)
  await mkdir(work)
  const port = portFor(order.sandbox)
  for (const [name, content] of Object.entries(order.files))
    if (name !== '.npmrc') await writeFile(join(work, name), ledInside(content, order.source, port))
  const hosts = allowedHosts(order)
  const reason = failureOf(
    await runPackageManager({ ...order, folder: work, words, hosts, timeoutMs: LIMIT_MS }),
  )
  if (reason !== undefined) return reason
  // A package without dependencies gets no folder.
  await mkdir(join(work, 'node_modules'), { recursive: true })
  await keepPackages(work, order.folder)
  return undefined
}

function failureOf(result: Awaited<ReturnType<typeof runPackageManager>>): string | undefined {
  if (result.kind === 'failed') return result.reason
  if (result.code === 0) return undefined
  const said = result.stderr.trim() || result.stdout.trim() || `ended with ${result.code}`
  return [...(result.trouble === undefined ? [] : [result.trouble]), said].join('\n').slice(0, 1500)
}

/** I2. */
async function keepPackages(work: string, folder: string): Promise<void> {
  const packages = join(await realpath(work), 'node_modules')
  if (!(await lstat(packages)).isDirectory())
    throw new WorkspaceError('dependencies_not_installed', 'node_modules was made as a link, not as a folder')
  const names = await readdir(packages)
  const scopes = names.filter((name) => name.startsWith('@'))
  await removeStrayLinks(packages, names)
  for (const scope of scopes) {
    const entry = join(packages, scope)
    if ((await lstat(entry)).isDirectory()) await removeStrayLinks(packages, await readdir(entry), entry)
  }
  await rename(packages, join(folder, 'node_modules'))
  await removeTree(work)
}

/** A link among the packages must lead to another package, or it is removed. */
async function removeStrayLinks(
  packages: string,
  names: readonly string[],
  folder = packages,
): Promise<void> {
  for (const name of names) {
    const path = join(folder, name)
    if (!(await lstat(path).catch(() => undefined))?.isSymbolicLink()) continue
    const target = await realpath(path).catch(() => '')
    if (!target.startsWith(`${packages}${sep}`)) await rm(path)
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

const VERSIONED = /^(@[a-z0-9-]+\/)?[a-z0-9-]+(@\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?)?$/

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
