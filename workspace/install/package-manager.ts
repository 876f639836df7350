// Package manager
//
// Runs npm, pnpm or yarn in the sandbox: its program, its settings, the way to the registries.
// Leaves: its arguments (install.ts, gates/npm-audit.ts).
//
// It sees a folder of Canopy's own, Canopy's cache and its own program; no variable, home or file of the user's.
// M2. Its settings are these. The repository's are not in the folder, and none of the variables they name exists.

import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, openSync, readSync, realpathSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { delimiter, dirname, isAbsolute, join, parse } from 'node:path'
import { digest } from '../places.ts'
import type { CommandEnding, Sandbox } from '../sandbox/sandbox.ts'
import { ledOutside, localUrl, type PackageSource, type RegistryPort } from './package-source.ts'
import { proxyUrl, serveRegistries } from './registry-server.ts'

export interface PackageManagerRun {
  readonly sandbox: Sandbox
  readonly source: PackageSource
  /** The program and its arguments. */
  readonly words: readonly string[]
  /** Absent: the one of that name on the PATH. */
  readonly program?: Program | undefined
  /** Its working directory, which is writable. */
  readonly folder: string
  /** The package managers' cache. */
  readonly cache: string
  /** Other servers that it may reach. */
  readonly hosts?: ReadonlySet<string>
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

export type PackageManagerResult =
  | {
      readonly kind: 'ended'
      readonly code: number
      readonly stdout: string
      readonly stderr: string
      readonly trouble?: string
    }
  | { readonly kind: 'failed'; readonly reason: string }

const FORWARDER = join(import.meta.dirname, 'forwarder.js')
/** Inside, where loopback is its own. */
const PORT = 4873
const TOKEN = randomBytes(32).toString('hex')
const MEMORY_MB = 4096
const PROCESSES = 512

export async function runPackageManager(run: PackageManagerRun): Promise<PackageManagerResult> {
  const { sandbox, source, words, signal } = run
  const [name = '', ...args] = words
  const program = run.program ?? programFor(name)
  if (program === undefined) return { kind: 'failed', reason: `${name} is not on the PATH` }
  const port = portFor(sandbox)
  const cache = await cacheFor(run)
  const server = await serveRegistries({ source, port, hosts: run.hosts ?? new Set() })
  try {
    const ending = await sandbox.run({
      argv: [process.execPath, FORWARDER, server.socket, `${port.port}`, ...program.argv, ...args],
      cwd: run.folder,
      writable: [run.folder, cache],
      readable: [FORWARDER, ...program.readable],
      sockets: [server.socket],
      env: settings(source, port, cache),
      timeoutMs: run.timeoutMs,
      memoryMb: MEMORY_MB,
      processes: PROCESSES,
      signal,
    })
    signal?.throwIfAborted()
    return resultOf(ending, server.trouble(), (text) => ledOutside(text, source, port))
  } finally {
    await server.close()
  }
}

/** The address of the registries, for files that name them. */
export function portFor({ kind }: Sandbox): RegistryPort {
  // Without a sandbox every user of the machine can connect.
  return kind === 'bubblewrap' ? { port: PORT } : { port: 20_000 + (process.pid % 20_000), token: TOKEN }
}

/** One for each set of registries. A cache that scripts could have written to is not used again. */
async function cacheFor({ cache, source, folder }: PackageManagerRun): Promise<string> {
  const urls = source.registries.map(({ url, scope = '' }) => `${scope} ${url}`)
  const place = source.allowed.has('scripts')
    ? join(folder, '.cache')
    : join(cache, `fetched-${digest(...urls)}`)
  await mkdir(place, { recursive: true, mode: 0o700 })
  return place
}

function resultOf(
  ending: CommandEnding,
  trouble: string | undefined,
  outside: (text: string) => string,
): PackageManagerResult {
  if (ending.kind === 'could_not_start') return { kind: 'failed', reason: ending.reason }
  if (ending.kind !== 'exited') {
    const what = ending.kind === 'exceeded' ? `exceeded its limit of ${ending.limit}` : ending.kind
    return { kind: 'failed', reason: `${what}: ${outside(ending.stderr).trim().slice(-300)}` }
  }
  const [stdout, stderr] = [outside(ending.stdout), outside(ending.stderr)]
  return { kind: 'ended', code: ending.code, stdout, stderr, ...(trouble === undefined ? {} : { trouble }) }
}

/** M2. The names are npm's, which pnpm reads too, then yarn's and corepack's. */
function settings(source: PackageSource, port: RegistryPort, cache: string): Record<string, string> {
  const registry = localUrl(port, 0)
  const scoped = source.registries.flatMap(({ scope }, at) =>
    scope === undefined
      ? []
      : ['npm', 'pnpm'].map((name) => [`${name}_config_${scope}:registry`, localUrl(port, at)]),
  )
  const scripts = source.allowed.has('scripts')
  const outside = source.allowed.has('git') || source.allowed.has('url')
  return {
    NODE_ENV: 'development',
    ...Object.fromEntries(scoped),
    // An allowed dependency is fetched from its own server: with 'always' npm redirects it to the registry, too.
    ...{ npm_config_registry: registry, npm_config_replace_registry_host: outside ? 'never' : 'always' },
    ...{ npm_config_cache: join(cache, 'npm'), npm_config_globalconfig: '/nonexistent/npmrc' },
    ...{ npm_config_ignore_scripts: `${!scripts}`, npm_config_update_notifier: 'false' },
    ...{ npm_config_fetch_retries: '0', npm_config_audit: 'false', npm_config_fund: 'false' },
    ...(source.allowed.has('git') ? {} : { npm_config_git: '/bin/false' }),
    ...{ npm_config_store_dir: join(cache, 'pnpm'), npm_config_ignore_pnpmfile: 'true' },
    ...{ npm_config_manage_package_manager_versions: 'false', npm_config_side_effects_cache: 'false' },
    // pnpm since 11 reads its own names only.
    ...{ pnpm_config_registry: registry, pnpm_config_store_dir: join(cache, 'pnpm') },
    ...{ pnpm_config_ignore_scripts: `${!scripts}`, pnpm_config_ignore_pnpmfile: 'true' },
    ...{ pnpm_config_manage_package_manager_versions: 'false', pnpm_config_pm_on_fail: 'ignore' },
    ...{ pnpm_config_side_effects_cache: 'false', pnpm_config_minimum_release_age: '0' },
    ...{
      YARN_REGISTRY: registry,
      YARN_NPM_REGISTRY_SERVER: registry,
      YARN_CACHE_FOLDER: join(cache, 'yarn'),
    },
    ...{ YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1', YARN_GLOBAL_FOLDER: join(cache, 'yarn-global') },
    ...{
      YARN_NODE_LINKER: 'node-modules',
      YARN_ENABLE_SCRIPTS: `${scripts}`,
      YARN_ENABLE_TELEMETRY: 'false',
    },
    ...{ YARN_IGNORE_PATH: '1', YARN_RC_FILENAME: '.canopy-yarnrc' },
    ...{ COREPACK_HOME: join(cache, 'corepack'), COREPACK_NPM_REGISTRY: registry.replace(/\/$/, '') },
    ...{ COREPACK_ENABLE_PROJECT_SPEC: '0', COREPACK_ENABLE_DOWNLOAD_PROMPT: '0' },
    ...(outside ? proxied(proxyUrl(port)) : {}),
  }
}

const proxied = (proxy: string) => ({
  ...{ npm_config_https_proxy: proxy, npm_config_noproxy: '127.0.0.1', https_proxy: proxy },
  no_proxy: '127.0.0.1',
})

export interface Program {
  readonly argv: readonly string[]
  readonly readable: readonly string[]
}

/** The user's own, by path or from the PATH; scripts for Node are started by the Node beside them. */
export function programFor(name: string): Program | undefined {
  const entry = onPath(name)
  if (entry === undefined) return undefined
  const root = packageOf(entry)
  const isScript = /\.[cm]?js$/.test(entry) || firstLine(entry).includes('node')
  if (!isScript) return { argv: [entry], readable: outsideSystem(entry) }
  const node = onPath('node') ?? process.execPath
  return { argv: [node, entry], readable: [...outsideSystem(root), ...outsideSystem(node)] }
}

function onPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(isAbsolute)
  const places = isAbsolute(name) ? [name] : folders.map((folder) => join(folder, name))
  const found = places.find((path) => existsSync(path))
  return found === undefined ? undefined : realpathSync(found)
}

/** The outermost folder of the program's package, or the program's folder. */
function packageOf(entry: string): string {
  for (let folder = dirname(entry); folder !== parse(folder).root; folder = dirname(folder))
    if (existsSync(join(folder, 'package.json'))) return folder
  return dirname(entry)
}

/** The sandbox shows these anyway. */
function outsideSystem(path: string): string[] {
  return /^\/(usr|bin|sbin|lib|lib64|nix\/store)\//.test(path) || path === process.execPath ? [] : [path]
}

function firstLine(path: string): string {
  const bytes = Buffer.alloc(128)
  const file = openSync(path, 'r')
  try {
    const text = bytes.subarray(0, readSync(file, bytes)).toString('latin1')
    return text.startsWith('#!') ? (text.split('\n')[0] ?? '') : ''
  } finally {
    closeSync(file)
  }
}
