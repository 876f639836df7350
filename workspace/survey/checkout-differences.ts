// Checkout differences
//
// How the fresh checkout that tests failed in differs from the user's: files that git ignores, submodules, variables,
// Node, the network. Only what is found is told.

import { type Survey, shellWord } from '../../machines/index.ts'
import { isSecretPath } from '../bring/brought-files.ts'
import type { WorkspaceParts } from '../parts.ts'
import { ignoredFiles } from '../repository.ts'

export interface FailedRun extends Pick<Survey, 'head' | 'node' | 'python' | 'setup'> {
  /** What the failing tests say. */
  readonly said: string
  /** The files of the failing tests. */
  readonly files: readonly string[]
}

/** One sentence each. */
export async function checkoutDifferences(parts: WorkspaceParts, run: FailedRun): Promise<string[]> {
  const { setup, said } = run
  return [
    ...(await missingFiles(parts, run)),
    ...(await missingSubmodules(parts, run)),
    ...(await pointers(parts, run)),
    ...(await missingVariables(parts, run)),
    ...(NETWORK.test(said) ? [`They have no network: ${NETWORK.exec(said)?.[0]}.`] : []),
    ...(setup === undefined ? [] : [`Before them ran: ${setup.join(' && ')}`]),
    ranUnder(run),
  ]
}

function ranUnder({ node, python }: FailedRun): string {
  if (python !== undefined)
    return `The tests ran under ${python.runner} with Python ${python.version} (${python.program}).`
  const version = (node?.version ?? process.version).replace('v', '')
  return `The tests ran under Node ${version} (${node?.reason ?? "Canopy's own"}).`
}

const NETWORK =
  /(?:getaddrinfo )?\b(?:ENOTFOUND|EAI_AGAIN|ENETUNREACH)\b[^\n]{0,80}|connect ECONNREFUSED (?!127\.|::1)[^\n]{0,60}|fetch failed/

const NOT_TOLD =
  /(^|\/)(node_modules|coverage|\.nyc_output|\.cache|\.turbo|\.?venv|env|__pycache__|\.(?:pytest|mypy|ruff)_cache|[^/]*\.egg-info|\.DS_Store|[^/]*\.log|tmp|temp)(\/|$)/
const MAX_TOLD = 8

async function missingFiles(parts: WorkspaceParts, { said }: FailedRun): Promise<string[]> {
  const brought = new Set(parts.brought?.map(({ path }) => path))
  const ignored = (await ignoredFiles(parts)).filter((path) => !NOT_TOLD.test(path) && !brought.has(path))
  if (ignored.length === 0) return []
  const isNamed = (path: string) => isNameIn(said, nameOf(path))
  const ordered = [...ignored.filter(isNamed), ...ignored.filter((path) => !isNamed(path))]
  const named = ordered
    .slice(0, MAX_TOLD)
    .map((path) => (isNamed(path) ? `${path} (named in the failure)` : path))
  const more = ordered.length > MAX_TOLD ? ` and ${ordered.length - MAX_TOLD} more` : ''
  return [
    `Files that git ignores are not in it: ${named.join(', ')}${more}.`,
    wayToBring(parts, ordered.filter(isNamed).slice(0, MAX_TOLD)),
  ]
}

/** The option, and the line of a configuration file, with which a worktree gets a copy of these files. */
function wayToBring({ commands }: WorkspaceParts, paths: readonly string[]): string {
  if (paths.length === 0) return 'To copy such a file into each worktree, name it: --bring PATH.'
  const all = [...(commands?.bring ?? []), ...paths]
  const options = all.map((path) => `--bring ${shellWord(path)}`).join(' ')
  const line = `commands: { bring: [${all.map((path) => JSON.stringify(path)).join(', ')}] }`
  const secret = paths.find(isSecretPath)
  const warning =
    secret === undefined ? '' : ` ${secret} may hold secrets: tests and agents can then read it.`
  return `To copy them into each worktree: ${options}, or in your own configuration file: ${line}.${warning}`
}

function isNameIn(said: string, name: string): boolean {
  const plain = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(?<![\\w-])${plain}(?![\\w-])`).test(said)
}

/** `gen` of `src/gen.js`: an import may leave the ending out. */
function nameOf(path: string): string {
  const name = path.replace(/\/$/, '').split('/').at(-1) ?? path
  return name.startsWith('.') ? name : name.replace(/\.([cm]?[jt]sx?|pyi?)$/, '')
}

async function missingSubmodules({ clone }: WorkspaceParts, { head }: FailedRun): Promise<string[]> {
  const listed = await clone.git(['ls-tree', '-r', '-z', head])
  const paths = listed.split('\0').flatMap((entry) => /^160000 [^\t]*\t(.*)$/s.exec(entry)?.[1] ?? [])
  return paths.length === 0 ? [] : [`Submodules are empty in it: ${paths.slice(0, MAX_TOLD).join(', ')}.`]
}

const POINTER = 'version https://git-lfs\\.github\\.com/spec/v1'

/** Git LFS is a filter of the user's settings, and Canopy starts none. */
async function pointers({ git, clone }: WorkspaceParts, { head }: FailedRun): Promise<string[]> {
  const args = ['grep', '-z', '--name-only', '-I', '-e', `^${POINTER}$`, head]
  const { stdout } = await git({ gitDir: clone.path, args, accept: [1] })
  const paths = stdout.split('\0').filter(Boolean)
  const named = paths.map((path) => path.slice(head.length + 1)).slice(0, MAX_TOLD)
  return named.length === 0
    ? []
    : [`Files of Git LFS are pointers in it, not their content: ${named.join(', ')}.`]
}

const VARIABLE = /process\.env(?:\.([A-Z][A-Z0-9_]*)|\[['"]([A-Z][A-Z0-9_]*)['"]\])/g
const EVERYWHERE = /^(PATH|HOME|TMPDIR|TZ|CI|NO_COLOR|NODE_OPTIONS|LANG|NODE_ENV|PWD|USER|SHELL|TERM)$/
const MAX_FILES = 20

/** Variables that the failing tests name, and that are set for the user only. */
async function missingVariables({ clone }: WorkspaceParts, { head, files }: FailedRun): Promise<string[]> {
  const texts = files
    .slice(0, MAX_FILES)
    .map((path) => clone.git(['show', `${head}:${path}`]).catch(() => ''))
  const named = [...(await Promise.all(texts)).join('\n').matchAll(VARIABLE)]
    .map(([, dotted, indexed]) => dotted ?? indexed ?? '')
    .filter((name) => !EVERYWHERE.test(name) && process.env[name] !== undefined)
  const names = [...new Set(named)]
  return names.length === 0 ? [] : [`Variables of your shell are not set for them: ${names.join(', ')}.`]
}
