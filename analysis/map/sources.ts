// Sources
//
// Reads the sources that a map is made from, and resolves imports between them.
//
// S1. Files are read up to a number and a size; the others are counted.
// S2. No link is followed, and no file outside the given list is read.

import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path/posix'
import { compiler } from '../compiler.ts'

export interface Sources {
  /** The text of each source file, by path. */
  readonly texts: ReadonlyMap<string, string>
  /** Source files that were not read: too many, too large, or no regular files. */
  readonly unread: number
  /** Where an import leads; undefined: out of the repository. */
  resolve(specifier: string, from: string): string | undefined
}

export interface SourceLimits {
  readonly files: number
  readonly bytes: number
  readonly bytesOfOne: number
}

export const LIMITS: SourceLimits = { files: 4000, bytes: 32 * 1024 * 1024, bytesOfOne: 256 * 1024 }

const SOURCE = /(?<!\.d)\.[cm]?[jt]sx?$/
const GENERATED = /(^|\/)(dist|build|out|vendor|coverage|third_party)\/|\.min\.[cm]?js$/
const ENDINGS = ['', '.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.d.ts']
const COMPILED = /\.([cm]?)js(x?)$/

export function isSource(path: string): boolean {
  return isPythonSource(path) || (SOURCE.test(path) && !GENERATED.test(path))
}

/** The only Python files that a map reads. */
export function isPythonSource(path: string): boolean {
  return path.endsWith('.py') && !/(^|\/)(\.?venv|site-packages|build|dist)\/|_pb2(_grpc)?\.py$/.test(path)
}

export function readSources(root: string, files: readonly string[], limits = LIMITS): Sources {
  const read = openReader(root)
  const texts = new Map<string, string>()
  let bytes = 0
  let unread = 0
  for (const path of files.filter(isSource)) {
    const full = texts.size >= limits.files || bytes >= limits.bytes
    const text = full ? undefined : read(path, limits.bytesOfOne)
    if (text === undefined) unread += 1
    else texts.set(path, text)
    bytes += text?.length ?? 0
  }
  const settings = files.filter((path) => /(^|\/)package\.json$/.test(path)).slice(0, 500)
  const packages = packagesIn(settings, (path) => read(path, limits.bytesOfOne))
  const aliases = aliasesIn(
    files.includes('tsconfig.json') ? read('tsconfig.json', limits.bytesOfOne) : undefined,
  )
  return { texts, unread, resolve: createResolve(texts, packages, aliases) }
}

function openReader(root: string): (path: string, mostBytes: number) => string | undefined {
  const real = realpathSync(root)
  const inside = new Map<string, boolean>()
  const isInside = (folder: string) => {
    const known = inside.get(folder)
    if (known !== undefined) return known
    const found = realpathSync(join(real, folder)) === join(real, folder)
    inside.set(folder, found)
    return found
  }
  return (path, mostBytes) => {
    try {
      if (relative('/', normalize(`/${path}`)) !== path || !isInside(dirname(path))) return undefined
      return readRegular(join(real, path), mostBytes)
    } catch {
      return undefined
    }
  }
}

function readRegular(path: string, mostBytes: number): string | undefined {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stat = fstatSync(file)
    return stat.isFile() && stat.size <= mostBytes ? readFileSync(file, 'utf8') : undefined
  } finally {
    closeSync(file)
  }
}

/** Folder of each package of the repository, by the name others import it by. */
function packagesIn(
  paths: readonly string[],
  read: (path: string) => string | undefined,
): Map<string, string> {
  const packages = new Map<string, string>()
  for (const path of paths) {
    const name = /"name"\s*:\s*"([^"]+)"/.exec(read(path) ?? '')?.[1]
    if (name !== undefined && !packages.has(name))
      packages.set(name, dirname(path) === '.' ? '' : dirname(path))
  }
  return packages
}

type Aliases = readonly {
  readonly before: string
  readonly after: string
  readonly targets: readonly string[]
}[]

function aliasesIn(tsconfig: string | undefined): Aliases {
  const { config } = compiler().parseConfigFileTextToJson('tsconfig.json', tsconfig ?? '{}')
  const { baseUrl = '.', paths = {} } = (config?.compilerOptions ?? {}) as {
    baseUrl?: string
    paths?: object
  }
  return Object.entries(paths).map(([pattern, targets]) => {
    const [before = '', after = ''] = pattern.split('*')
    const list = Array.isArray(targets) ? targets.filter((target) => typeof target === 'string') : []
    return { before, after, targets: list.map((target) => normalize(join(String(baseUrl), target))) }
  })
}

function createResolve(
  texts: ReadonlyMap<string, string>,
  packages: ReadonlyMap<string, string>,
  aliases: Aliases,
): Sources['resolve'] {
  const find = (path: string) => candidates(normalize(path)).find((each) => texts.has(each))
  const inPackage = (specifier: string) => {
    const [name = ''] = /^(@[^/]+\/)?[^/]+/.exec(specifier) ?? []
    const folder = packages.get(name)
    if (folder === undefined) return undefined
    const rest = specifier.slice(name.length + 1)
    return find(join(folder, 'src', rest)) ?? find(join(folder, rest)) ?? find(join(folder, 'lib', rest))
  }
  const aliased = (specifier: string) => {
    for (const { before, after, targets } of aliases) {
      if (!specifier.startsWith(before) || !specifier.endsWith(after)) continue
      const middle = specifier.slice(before.length, specifier.length - after.length)
      const found = targets
        .map((target) => find(target.replace('*', middle)))
        .find((path) => path !== undefined)
      if (found !== undefined) return found
    }
    return undefined
  }
  return (specifier, from) =>
    specifier.startsWith('.')
      ? find(join(dirname(from), specifier))
      : (aliased(specifier) ?? inPackage(specifier))
}

function candidates(path: string): string[] {
  const source = path.replace(COMPILED, '.$1ts$2')
  const folder = path === '.' ? '' : path.replace(/\/$/, '')
  return [
    ...ENDINGS.map((ending) => `${folder}${ending}`),
    source,
    ...ENDINGS.slice(1).map((ending) => (folder === '' ? `index${ending}` : `${folder}/index${ending}`)),
  ]
}
