// Find a tool
//
// Owns:   the order in which a tool is looked for: the given path, the PATH, the cache, then fetched into the cache.
// Leaves: the two ways of fetching (fetch-release.ts, fetch-debian.ts), what to do without it (the caller).
//
// F1. Only what ran its probe is called found: a file for another machine or without its libraries is not.
// F2. A given path is the user's word: if it does not work nothing else is tried.
// F3. Nothing outside the cache folder is written, and root is never needed.
// F4. A binary appears in the cache whole, by one rename; two processes at once only fetch it twice.
// F5. A binary in the cache is the fetched one, by its checksum, in a folder that only the user can write to
//     (private-cache.js). Any other one is fetched anew.

import { constants } from 'node:fs'
import { access, chmod, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { fetchDebianPackage } from './fetch-debian.ts'
import { fetchRelease } from './fetch-release.ts'
import { cacheRoot, isAsFetched, privateFolder, writeRecord } from './private-cache.js'
import { runProgram } from './run-program.ts'
import type { ProgramTool } from './tool.ts'

/** Where a program is looked for, and whether it may be fetched. */
export interface FindOptions {
  /** Where the user says it is. */
  readonly path?: string | undefined
  /** Default: `$XDG_CACHE_HOME/canopy/bin` or `~/.cache/canopy/bin`. */
  readonly cache?: string | undefined
  /** False: only look, do not fetch. */
  readonly fetch?: boolean
  /** Gets a sentence about work that takes longer than a look at the PATH. */
  readonly onProgress?: (sentence: string) => void
  /** Default: the process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/** The result of looking for a program: its path, or the reason why there is none and the command that installs it. */
export type FindResult =
  | {
      readonly kind: 'found'
      readonly path: string
      readonly how: 'given' | 'path' | 'cache' | 'release' | 'debian'
      /** Its own text about itself. */
      readonly version: string
    }
  | { readonly kind: 'missing'; readonly reason: string; readonly command: string }

/** Finds a program, or fetches it into the cache without root. Never throws for what the machine or the network lacks. */
export async function findTool(tool: ProgramTool, options: FindOptions = {}): Promise<FindResult> {
  const environment = options.environment ?? process.env
  if (options.path !== undefined) return findGiven(tool, resolve(options.path))

  const reasons: string[] = []
  const folder = options.cache ?? cacheFolder(environment)
  try {
    privateFolder(folder)
  } catch (error) {
    reasons.push(`the cache folder cannot be used (${(error as Error).message})`)
  }
  const usable = reasons.length === 0
  const cached = join(folder, tool.binary)
  for (const [how, candidates] of [
    ['path', onPath(tool.binary, environment)],
    ['cache', usable ? [cached] : []],
  ] as const) {
    for (const path of candidates) {
      if (how === 'cache' && !isAsFetched(path)) continue
      const seen = await probe(tool, path)
      if (seen.kind === 'works') return { kind: 'found', path, how, version: seen.version }
      if (seen.kind === 'broken') reasons.push(seen.reason)
    }
  }
  if (options.fetch === false || !usable)
    return missing(tool, [...reasons, 'it is neither on the PATH nor in the cache as it was fetched'])
  return fetchTool(tool, cached, reasons, options.onProgress ?? (() => {}))
}

/** The folder for programs that Canopy fetched. */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>>): string {
  return join(cacheRoot(environment), 'bin')
}

async function findGiven(tool: ProgramTool, path: string): Promise<FindResult> {
  const seen = await probe(tool, path)
  if (seen.kind === 'works') return { kind: 'found', path, how: 'given', version: seen.version }
  return missing(tool, [seen.kind === 'absent' ? `there is no executable file ${path}` : seen.reason])
}

function onPath(binary: string, environment: Readonly<Record<string, string | undefined>>): string[] {
  // /usr/sbin holds Debian's nats-server and is not on an ordinary user's PATH.
  const folders = [...(environment.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return [...new Set(folders.filter((folder) => folder.startsWith('/')))].map((folder) =>
    join(folder, binary),
  )
}

type Probe =
  | { readonly kind: 'works'; readonly version: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'broken'; readonly reason: string }

const PROBE_MS = 10_000

async function probe(tool: ProgramTool, path: string): Promise<Probe> {
  const executable = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
  if (!executable) return { kind: 'absent' }
  const run = await runProgram(path, tool.probe, { timeoutMs: PROBE_MS })
  const said = firstLine(run.output)
  if (!run.failed) return { kind: 'works', version: said }
  return { kind: 'broken', reason: `${path} does not run (${said || run.reason})` }
}

const MAX_LINE = 200
// biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal would obey them
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g

/** The first line with text, short and without control characters: it is shown on a terminal. */
function firstLine(output: string): string {
  const [line = ''] = output.trim().split('\n', 1)
  return line.replaceAll(CONTROLS, '').trim().slice(0, MAX_LINE)
}

async function fetchTool(
  tool: ProgramTool,
  cached: string,
  reasons: string[],
  onProgress: (sentence: string) => void,
): Promise<FindResult> {
  const ways = [
    ['release', fetchRelease],
    ['debian', fetchDebianPackage],
  ] as const
  const room = await makeRoom(resolve(cached, '..'))
  try {
    for (const [how, fetchIt] of ways) {
      const fetched = await fetchIt(tool, await mkdtemp(join(room, `${how}-`)), onProgress)
      if (fetched.kind === 'failed') {
        reasons.push(fetched.reason)
        continue
      }
      await chmod(fetched.path, 0o755)
      const seen = await probe(tool, fetched.path)
      if (seen.kind === 'works') {
        writeRecord(cached, fetched.path, how)
        await rename(fetched.path, cached)
        return { kind: 'found', path: cached, how, version: seen.version }
      }
      if (seen.kind === 'broken') reasons.push(seen.reason)
    }
    return missing(tool, reasons)
  } finally {
    await rm(room, { recursive: true, force: true })
  }
}

const ROOM = '.fetching-'
const ABANDONED_MS = 60 * 60 * 1000

/** A folder of our own on the cache's file system; those of fetches that were killed an hour ago go. */
async function makeRoom(folder: string): Promise<string> {
  for (const name of (await readdir(folder)).filter((each) => each.startsWith(ROOM))) {
    const path = join(folder, name)
    const age = await stat(path).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    )
    if (age > ABANDONED_MS) await rm(path, { recursive: true, force: true })
  }
  return mkdtemp(join(folder, ROOM))
}

function missing(tool: ProgramTool, reasons: readonly string[]): FindResult {
  const command = (process.platform === 'darwin' ? tool.commands.darwin : undefined) ?? tool.commands.linux
  return {
    kind: 'missing',
    reason: `${tool.name} could not be had: ${reasons.join('; ')}. Install it with: ${command}`,
    command,
  }
}
