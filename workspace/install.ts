// Install
//
// Owns:   the one step that uses the network: a package manager, in a folder of ours.
//
// I1. No script of any package runs, and no configuration of the repository that could name a program.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Survey } from '../machines/index.ts'
import { WorkspaceError } from './workspace-error.ts'

export interface InstallOrder {
  readonly folder: string
  readonly packageManager: Survey['packageManager']
  /** `package.json`, lock file and `.npmrc`: name to content. */
  readonly files: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

const QUIET = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
const LIMIT_MS = 10 * 60_000

/** In the order they are tried: strict first; a lock file or a peer that does not fit must not end the run. */
function attempts(order: InstallOrder): string[][] {
  const locked = 'package-lock.json' in order.files || 'npm-shrinkwrap.json' in order.files
  const npm = [...(locked ? [['npm', 'ci']] : []), ['npm', 'install']]
  const strict = npm.map((words) => [...words, ...QUIET])
  const lenient = npm.map((words) => [...words, ...QUIET, '--legacy-peer-deps'])
  const pnpm = ['pnpm', 'install', '--frozen-lockfile', '--ignore-scripts', '--ignore-workspace']
  const yarn = ['yarn', 'install', '--frozen-lockfile', '--ignore-scripts', '--non-interactive']
  // Since version 2, which knows none of those options; a folder of packages and no scripts: by ENVIRONMENT.
  const berry = ['yarn', 'install', '--immutable']
  const own = { npm: [], pnpm: [pnpm], yarn: [yarn, berry] }[order.packageManager]
  return [...own, ...strict, ...lenient]
}

export async function installAll(order: InstallOrder): Promise<void> {
  for (const [name, content] of Object.entries(order.files)) {
    await writeFile(join(order.folder, name), name === '.npmrc' ? registriesOf(content) : content)
  }
  const reasons: string[] = []
  for (const words of attempts(order)) {
    const reason = await attempt(order.folder, words, order.signal)
    // A package that depends on nothing gets no folder.
    if (reason === undefined)
      return void (await mkdir(join(order.folder, 'node_modules'), { recursive: true }))
    reasons.push(`${words.slice(0, 2).join(' ')}: ${reason}`)
    if (UNREACHABLE.test(reason)) break
  }
  const advice = `Install them yourself (${order.packageManager} install) and start again.`
  const message = `Dependencies could not be installed. ${advice}\n${reasons.at(-1)}`
  throw new WorkspaceError('dependencies_not_installed', message)
}

/** What asking in another way does not change. */
const UNREACHABLE = /\b(E40[1349]|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOSPC|EACCES)\b/

export async function addPackages(order: {
  folder: string
  packages: readonly string[]
  signal?: AbortSignal | undefined
}): Promise<void> {
  await mkdir(order.folder, { recursive: true })
  await writeFile(join(order.folder, 'package.json'), '{"private":true}')
  const words = ['npm', 'install', ...QUIET, '--legacy-peer-deps', ...order.packages]
  const reason = await attempt(order.folder, words, order.signal)
  if (reason === undefined) return
  const names = order.packages.join(' ')
  throw new WorkspaceError('dependencies_not_installed', `${names} could not be installed: ${reason}`, {
    retryable: true,
  })
}

const ENVIRONMENT = {
  NODE_ENV: 'development',
  CI: '1',
  YARN_NODE_LINKER: 'node-modules',
  YARN_ENABLE_SCRIPTS: 'false',
  YARN_ENABLE_TELEMETRY: 'false',
}

/** Undefined when it went well, else what it said. */
async function attempt(cwd: string, words: readonly string[], signal: AbortSignal | undefined) {
  const [file = '', ...args] = words
  const result = await execa(file, args, {
    cwd,
    reject: false,
    timeout: LIMIT_MS,
    maxBuffer: 8 * 1024 * 1024,
    stdin: 'ignore',
    env: ENVIRONMENT,
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  })
  signal?.throwIfAborted()
  return result.failed ? `${result.stderr || result.shortMessage}`.trim().slice(0, 1500) : undefined
}

/** Lines of an `.npmrc` that say where packages come from; others may name programs to run. */
export function registriesOf(text: string): string {
  const kept = text
    .split('\n')
    .filter((line) => /^\s*(@[\w.-]+:)?registry\s*=/.test(line) || /^\s*legacy-peer-deps\s*=/.test(line))
  return `${kept.join('\n')}\n`
}
