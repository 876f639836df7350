// Environment
//
// Finds the Python environment in which a repository's tests run, and asks it for its packages.
// Leaves: the commands that use it (commands.ts), showing it to commands (programs-folder.ts).
//
// The candidates are, in this order: `.venv`, `venv` and `env` in the user's checkout, an activated environment,
// `python3` and `python` on the PATH. In the place of a program of pyenv's stands the version that pyenv would start.
// E1. The environment is read, never written, and its programs run only in the sandbox.
// E2. A folder in the checkout is used only if it is no link, belongs to the user, and is not tracked. The installation
//     that it names must look like one: nothing else is shown to the sandbox.

import { existsSync, lstatSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, isAbsolute, join } from 'node:path'
import { z } from 'zod'
import { jsonOf } from '../../kernel/index.ts'
import type { WorkspaceParts } from '../parts.ts'

export interface PythonEnvironment {
  /** The program, as an absolute path that is not resolved: Python finds its environment by it. */
  readonly program: string
  readonly version: string
  /** The folder of its programs. */
  readonly bin: string
  /** Folders that the sandbox must show. */
  readonly readable: readonly string[]
  /** Versions by normalised name. */
  readonly packages: Readonly<Record<string, string>>
}

/** Prints its version and the versions of its installed packages. */
const ASK = `import json, sys
from importlib import metadata
found = [(each.metadata["Name"], each.version) for each in metadata.distributions() if each.metadata is not None]
packages = {name.lower().replace("_", "-"): version for name, version in found if name}
print(json.dumps({"version": "%d.%d.%d" % sys.version_info[:3], "packages": packages}))
`
const ASK_LIMIT_MS = 60_000
const FOLDERS = ['.venv', 'venv', 'env']

const answerSchema = z.object({
  version: z.string(),
  packages: z.record(z.string(), z.string()),
})

/** All that answer, in the order in which they are preferred. */
export async function pythonEnvironments(
  parts: WorkspaceParts,
  tracked: readonly string[],
  signal: AbortSignal | undefined,
): Promise<PythonEnvironment[]> {
  const found: PythonEnvironment[] = []
  for (const program of candidates(parts, tracked)) {
    const answered = await ask(parts, program, signal)
    if (answered !== undefined) found.push(answered)
  }
  return found
}

function candidates(parts: WorkspaceParts, tracked: readonly string[]): string[] {
  const own = FOLDERS.flatMap((name) => {
    const folder = join(parts.repository, name)
    const reason = objectionTo(folder, tracked, name)
    if (reason !== undefined) parts.log(`${folder} ${reason}: it is not used`)
    return reason === undefined && isEnvironment(folder) ? [folder] : []
  })
  const active = [process.env.VIRTUAL_ENV, process.env.CONDA_PREFIX].filter(
    (folder): folder is string => folder !== undefined && isAbsolute(folder) && existsSync(folder),
  )
  const inFolders = [...own, ...active].map((folder) => join(folder, 'bin/python'))
  const onPath = ['python3', 'python'].flatMap(programsOnPath).flatMap((path) => startedBy(path, parts))
  return [...new Set([...inFolders, ...onPath])].filter((path) => existsSync(path))
}

const isEnvironment = (folder: string) => textOf(join(folder, 'pyvenv.cfg')) !== undefined

const MAX_CONFIG_BYTES = 64 * 1024

/** Undefined for anything but a small file. */
function textOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat?.isFile() && stat.size <= MAX_CONFIG_BYTES ? readFileSync(path, 'utf8') : undefined
}

/** E2. Undefined also where there is no folder. */
function objectionTo(folder: string, tracked: readonly string[], name: string): string | undefined {
  const stat = lstatSync(folder, { throwIfNoEntry: false })
  if (stat === undefined) return undefined
  if (stat.isSymbolicLink()) return 'is a link'
  if (!stat.isDirectory() || !isEnvironment(folder)) return undefined
  if (process.getuid !== undefined && stat.uid !== process.getuid())
    return `belongs to another user (uid ${stat.uid})`
  return tracked.some((path) => path.startsWith(`${name}/`)) ? 'is tracked by git' : undefined
}

function programsOnPath(name: string): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(isAbsolute)
  return folders.map((folder) => join(folder, name)).filter((path) => existsSync(path))
}

/** `~/.pyenv/shims/python` is a script that starts the version which a file names. */
function startedBy(program: string, { repository }: WorkspaceParts): string[] {
  const [, root] = /^(.+)\/shims\/[^/]+$/.exec(program) ?? []
  if (root === undefined) return [program]
  const texts = [join(repository, '.python-version'), join(root, 'version')].map(textOf)
  const names = texts.flatMap((text) => text?.split(/\s+/) ?? [])
  return names
    .filter((name) => /^[\w.-]+$/.test(name))
    .map((name) => join(root, 'versions', name, 'bin/python'))
}

async function ask(
  { sandbox, log }: WorkspaceParts,
  program: string,
  signal: AbortSignal | undefined,
): Promise<PythonEnvironment | undefined> {
  const readable = readableOf(program)
  if (readable === undefined) return undefined
  const ending = await sandbox.run({
    argv: [program, '-I', '-c', ASK],
    cwd: '/',
    writable: [],
    readable,
    timeoutMs: ASK_LIMIT_MS,
    signal,
  })
  signal?.throwIfAborted()
  const said = ending.kind === 'exited' && ending.code === 0 ? jsonOf(ending.stdout) : undefined
  const answer = answerSchema.safeParse(said).data
  if (answer === undefined) {
    log(`${program} does not answer: it is not used`, { ended: ending.kind })
    return undefined
  }
  return { ...answer, program, bin: dirname(program), readable }
}

/** The environment and the installation that it is made of; undefined where one does not look like that (E2). */
function readableOf(program: string): string[] | undefined {
  const prefix = dirname(dirname(program))
  const home = homeIn(textOf(join(prefix, 'pyvenv.cfg')) ?? '')
  const real = existsSync(program) ? dirname(dirname(realpathSync(program))) : undefined
  const installations = [home === undefined ? undefined : dirname(home), real].flatMap((folder) =>
    folder === undefined || isOfSystem(folder) ? [] : [realpathSync(folder)],
  )
  if (!installations.every(isInstallation)) return undefined
  const own = home === undefined ? [] : [prefix]
  return [...new Set([...own, ...installations])]
}

function homeIn(config: string): string | undefined {
  const home = /^home\s*=\s*(.+)$/m.exec(config)?.[1]?.trim()
  return home !== undefined && isAbsolute(home) && existsSync(home) ? home : undefined
}

/** The sandbox shows these anyway. */
const isOfSystem = (folder: string) => /^\/(usr|nix\/store)(\/|$)/.test(folder) || folder === '/'

/** A folder with a Python and its library, which does not contain the user's home. */
function isInstallation(folder: string): boolean {
  if (`${homedir()}/`.startsWith(`${folder}/`)) return false
  return existsSync(join(folder, 'bin')) && existsSync(join(folder, 'lib'))
}
