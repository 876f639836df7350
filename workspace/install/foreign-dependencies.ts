// Foreign dependencies
//
// Finds dependencies in a repository's files that are not packages of the user's registries, before any program runs.
//
// Accepted forms are listed: versions, ranges, tags and aliases in a manifest; URLs of the registries in a lock file;
// links to the repository's own packages in both. Every other text is foreign, whatever its name.
// D2. A registry that only the repository names is foreign: another person could take names of packages on it.

import { posix } from 'node:path'
import { jsonOf } from '../../kernel/index.ts'
import { folderAt, PNPM_WORKSPACE } from './package-folders.ts'
import { type PackageSource, PUBLIC_ADDRESSES } from './package-source.ts'
import { keptPnpmSettings } from './pnpm-settings.ts'

export interface ForeignDependency {
  readonly kind: 'git' | 'url' | 'file' | 'name' | 'registry'
  readonly file: string
  readonly line: number
  /** As written in the file. */
  readonly text: string
}

export type InstallFiles = Readonly<Record<string, string>>

export function foreignDependencies(files: InstallFiles, source: PackageSource): ForeignDependency[] {
  const found = Object.entries(files).flatMap(([file, text]) => inFile(file, text, files, source))
  return found.filter(({ kind }) => kind === 'registry' || !source.allowed.has(kind as 'git'))
}

function inFile(file: string, text: string, files: InstallFiles, source: PackageSource): ForeignDependency[] {
  const own = ownFolders(files)
  if (posix.basename(file) === 'package.json') return inManifest(file, text, own)
  if (file === PNPM_WORKSPACE) return inPnpmSettings(keptPnpmSettings(text), own)
  if (file === '.npmrc') return inSettings(file, text, source)
  const folders = isOfNpm(file) ? inPackages(file, text, hasWorkspaces(files)) : []
  return [...folders, ...inLock(file, text, source, own)]
}

/** The folders of the repository's own packages; its top folder is the empty path. */
function ownFolders(files: InstallFiles): string[] {
  return Object.keys(files)
    .filter((file) => posix.basename(file) === 'package.json')
    .map((file) => file.slice(0, -'/package.json'.length))
}

const isOfNpm = (file: string) => /^(package-lock|npm-shrinkwrap)\.json$/.test(file)

const FIELDS = [
  ...['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'],
  ...['overrides', 'resolutions', 'pnpm', 'catalog', 'catalogs', 'packageExtensions', 'dependenciesMeta'],
]
const NAME = /^(@[a-z0-9~_-][a-z0-9._~-]*\/)?[a-z0-9~_-][a-z0-9._~-]*$/i
/** Settings of pnpm that list names of packages, which are installed for other reasons. */
const NAME_LISTS = /^(?:onlyBuilt|neverBuilt|ignoredBuilt|ignoredOptional)Dependencies$/
/** A version, a range or a tag: no colon, no slash, no path. */
const RANGE = /^(?!\.)[\w.+~^<>=|*& -]*$/

function inManifest(file: string, text: string, own: readonly string[]): ForeignDependency[] {
  const manifest = jsonOf(text) as Record<string, unknown> | undefined
  const told = (kind: ForeignDependency['kind'], key: string, value: string): ForeignDependency => ({
    ...{ kind, file, line: lineOf(text, key, value) },
    text: `${key}: ${value}`,
  })
  const entries = FIELDS.flatMap((field) => leaves(manifest?.[field]))
  const here = posix.dirname(file)
  return entries.flatMap(([key, value]) => {
    if (isOwn(value, [here], own) || (NAME_LISTS.test(key) && NAME.test(value))) return []
    if (value.startsWith('npm:') && !isAlias(value)) return [told('name', key, value)]
    if (isAccepted(value)) return isPath(key) ? [told('name', key, value)] : []
    return [told(kindOf(value), key, value)]
  })
}

const PAIR = /^\s+(?:- )?(?:'([^']*)'|"([^"]*)"|([^\s'":]+)):\s+(.+)$/

/** Versions are one to a line; texts that are not read so, such as flows and escapes, may hold no address. */
function inPnpmSettings(text: string, own: readonly string[]): ForeignDependency[] {
  return text.split('\n').flatMap((content, at): ForeignDependency[] => {
    const line = content.replace(/\s#.*$/, '').trimEnd()
    const [, , , , written] = PAIR.exec(line) ?? []
    const value = written?.replace(/^(['"])(.*)\1$/, '$2')
    const isPlain =
      value !== undefined && (isAccepted(value) || isOwn(value, ['.'], own) || /^[[{]/.test(value))
    const isOdd = value === undefined || /^[[{]/.test(value)
    const isForeign = /\\[ux]/i.test(line) || (isOdd ? ODD.test(line) : !isPlain)
    return isForeign ? [told(PNPM_WORKSPACE, at + 1, value ?? line.trim())] : []
  })
}

const ODD =
  /(?<![\w.-])(?:git\+\w+|git|ssh|https?|file|link|portal|patch|github|gitlab|bitbucket|gist):\S|\.git\b/i

/** The texts in it, each with its key. */
function leaves(value: unknown, key = ''): [string, string][] {
  if (typeof value === 'string') return [[key, value]]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, Array.isArray(value) ? key : name))
}

function isAccepted(value: string): boolean {
  if (RANGE.test(value) || isAlias(value)) return true
  // Of the repository itself; a reference to another entry.
  return /^workspace:[\w.+~^<>=|*-]*$/.test(value) || /^(catalog:|\$)(@?[\w.-]+(\/[\w.-]+)?)?$/.test(value)
}

function isAlias(value: string): boolean {
  const [, name, range = ''] = /^npm:(@?[^@]+)(?:@(.*))?$/.exec(value) ?? []
  return name !== undefined && NAME.test(name) && RANGE.test(range)
}

const BY_PATH = /^(?:link|file|portal|workspace):([^():#]+)/

/** Whether it names a package of the repository, by its path from one of these folders. */
function isOwn(value: string, from: readonly string[], own: readonly string[]): boolean {
  const path = BY_PATH.exec(value)?.[1]
  if (path === undefined || path.startsWith('/') || path.includes('\\')) return false
  return from.some((folder) => own.includes(folderAt(folder, path)))
}

const isPath = (key: string) => key.split('/').includes('..') || key.startsWith('/') || key.includes('\\')

function kindOf(value: string): 'git' | 'url' | 'file' {
  if (/^(git|ssh|github|gitlab|bitbucket|gist)\b[^/]*:|^git@|\.git(#|$)/i.test(value)) return 'git'
  if (/^https?:/i.test(value)) return 'url'
  return /^[\w.-]+\/[\w.-]+(#.*)?$/.test(value) && !value.startsWith('.') ? 'git' : 'file'
}

function hasWorkspaces(files: InstallFiles): boolean {
  const manifest = jsonOf(files['package.json'] ?? '') as { workspaces?: unknown } | undefined
  return manifest?.workspaces !== undefined
}

interface ForeignLockedPackage {
  readonly link?: boolean
  readonly resolved?: string
}

/** Where npm puts packages: below `node_modules`, or in the repository's own workspaces. */
function inPackages(file: string, text: string, workspaces: boolean): ForeignDependency[] {
  const { packages = {} } = (jsonOf(text) ?? {}) as { packages?: Record<string, ForeignLockedPackage | null> }
  return Object.entries(packages).flatMap(([path, locked]) => {
    const parts = path === '' ? [] : path.split(/(?:^|\/)node_modules\//)
    const [own = '', ...names] = parts
    const inside = names.every((name) => NAME.test(name)) && (own === '' || (workspaces && isBelow(own)))
    const leads = locked?.link !== true || (workspaces && isBelow(locked.resolved ?? '..'))
    if (inside && leads) return []
    const kind = inside ? 'file' : 'name'
    return [{ kind, file, line: lineOf(text, path, locked?.resolved ?? ''), text: path }]
  })
}

const isBelow = (path: string) => !path.startsWith('/') && !/(^|\/)\.\.(\/|$)|\\|:/.test(path)

/** Any text that looks like a URL or a path, line by line: it must be one of a registry. */
const ADDRESS =
  /(?<![\w.-])(?:git\+\w+|git|ssh|https?|file|link|portal|patch|github|gitlab|bitbucket|gist):[^\s"',)}\]]+/gi
/** A patch that is part of Yarn itself, of a package of the registry. */
const YARNS_OWN_PATCH =
  /^patch:@?[\w./-]+@npm(?::|%3A)[\w.^~<>=|*+%-]*#(?:optional!|~)?builtin<compat\/\w+>(?:::version=[\w.+-]+&hash=\w+)?$/
const ELSEWHERE = /^\s*"?(?:repo|directory|tarball|path)"?:\s*(?!.*https?:)(\S.*)$/
/** A sentence of pnpm about a package, whole on its line: no address at its beginning, and nothing that could end it. */
const SENTENCE =
  /^\s*deprecated: (?!['"]?[a-z+]+:\S)(?:'(?:[^']|'')*'|"[^"\\]*"|[^\s'"{}[\],&*!|>%@`#:-][^{}[\],#]*)$/i

function inLock(
  file: string,
  text: string,
  { registries }: PackageSource,
  own: readonly string[],
): ForeignDependency[] {
  const known = [...PUBLIC_ADDRESSES, ...registries.map(({ url }) => url)]
  const foreignIn = (value: string) =>
    (value.match(ADDRESS) ?? []).filter(
      (address) =>
        !known.some((url) => isOf(address, url)) &&
        !YARNS_OWN_PATCH.test(address) &&
        !isOwn(address, ['', ...own], own),
    )
  const lock = isOfNpm(file) ? jsonOf(text) : undefined
  if (lock !== undefined)
    return sourcesIn(lock).flatMap(([key, value]) =>
      foreignIn(value).map((address) => told(file, lineOf(text, key, value), address)),
    )
  return text.split('\n').flatMap((content, at): ForeignDependency[] => {
    if (file === 'pnpm-lock.yaml' && SENTENCE.test(content)) return []
    // An escape could spell a URL that is not found here.
    if (/\\[ux]/i.test(content)) return [{ ...told(file, at + 1, content.trim()), kind: 'name' }]
    const elsewhere = file === 'pnpm-lock.yaml' ? ELSEWHERE.exec(content)?.[1] : undefined
    const found = [...foreignIn(content), ...(elsewhere === undefined ? [] : [elsewhere])]
    return found.map((value) => told(file, at + 1, value))
  })
}

function told(file: string, line: number, value: string): ForeignDependency {
  return { kind: kindOf(value), file, line, text: value.slice(0, 200) }
}

/** Fields of a package in npm's lock file that say something about it; npm fetches nothing from there. */
const ABOUT = new Set(['funding', 'license', 'licenses', 'deprecated', 'homepage', 'bugs', 'engines'])

/** Every text of npm's lock file with its key, without those about a package. Names of packages are never such fields. */
function sourcesIn(lock: unknown): [string, string][] {
  if (!isTable(lock)) return leaves(lock)
  const { packages, dependencies, ...more } = lock
  return [...leaves(more), ...packagesIn(packages), ...packagesIn(dependencies)]
}

/** By name or path a package, which may hold others (before npm 7), or only its version. */
function packagesIn(packages: unknown): [string, string][] {
  if (!isTable(packages)) return leaves(packages)
  return Object.entries(packages).flatMap(([name, one]): [string, string][] => {
    if (!isTable(one)) return leaves(one, name)
    const { dependencies, ...fields } = one
    const sources = Object.entries(fields).filter(([field]) => !ABOUT.has(field))
    return [...sources.flatMap(([field, value]) => leaves(value, field)), ...packagesIn(dependencies)]
  })
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Below this registry, without a way out of it. */
function isOf(address: string, url: string): boolean {
  return address.startsWith(url) && !/(^|[/\\])(\.|%2e){1,2}([/\\]|$)/i.test(address.slice(url.length))
}

/** D2. */
function inSettings(file: string, text: string, { registries }: PackageSource): ForeignDependency[] {
  return text.split('\n').flatMap((content, at) => {
    const [, scope, value = ''] = /^\s*(?:(@[^:=\s]+):)?registry\s*=\s*(.*?)\s*$/.exec(content) ?? []
    if (value === '') return []
    const address = `${value.replace(/^["']|["']$|\/+$/g, '')}/`
    const same = registries.some((one) => one.url === address && (one.scope ?? undefined) === scope)
    const isPublic = scope === undefined && PUBLIC_ADDRESSES.includes(address)
    return same || isPublic
      ? []
      : [{ kind: 'registry', file, line: at + 1, text: content.trim().slice(0, 200) }]
  })
}

/** The line with both texts, or else with the first one. */
function lineOf(text: string, first: string, second: string): number {
  const lines = text.split('\n')
  const has = (line: string, part: string) => line.includes(JSON.stringify(part).slice(1, -1))
  const both = lines.findIndex((line) => has(line, first) && has(line, second))
  return Math.max(both < 0 ? lines.findIndex((line) => has(line, first)) : both, 0) + 1
}
