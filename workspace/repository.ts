// Repository
//
// The user's repository: reading it, and copying one branch into it.
// Leaves: git's view of it without its settings (repository-view.ts).
//
// Nothing is written but `refs/heads/canopy/<milestone>`, `refs/canopy/` (held-back.ts) and the objects they need. No hook of theirs runs, no index is
// refreshed, no maintenance starts, no reflog is written.

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { shellWord } from '../machines/index.ts'
import {
  lineEndingOptions,
  type RepositoryView,
  showMainHead,
  type ViewOrder,
  withView,
} from './repository-view.ts'
import { Refusal } from './survey/refusal.ts'
import { WorkspaceError } from './workspace-error.ts'
import { readInside } from './worktree-files.ts'

/** The commit of HEAD, or undefined before the first one. */
export function headOf(order: ViewOrder): Promise<string | undefined> {
  return withView(order, async ({ path }) => {
    const args = ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']
    const answer = await order.git({ gitDir: path, args, accept: [1, 128] })
    return answer.code === 0 ? answer.stdout.trim() : undefined
  })
}

/**
 * Tracked files that differ from HEAD, in the index or in the checkout; with `untracked` also files that git does not
 * know.
 */
export function changedFiles(order: ViewOrder, { untracked = false } = {}): Promise<string[]> {
  const shown = `--untracked-files=${untracked ? 'normal' : 'no'}`
  const args = ['status', '--porcelain=v1', '-z', shown, '--no-renames', '--ignore-submodules=all']
  return withView(order, async (view) => {
    const { git, repository: workTree } = order
    const options = await lineEndingOptions(git, view)
    const call = { gitDir: view.path, workTree, index: view.index, args: [...options, ...args] }
    const changed: string[] = []
    for (const entry of (await git(call)).stdout.split('\0').filter(Boolean)) {
      const path = entry.slice(3)
      if (!entry.startsWith(' M ') || !(await isContentOfPointer(order, view, path))) changed.push(path)
    }
    return changed
  })
}

const POINTER = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\noid sha256:([0-9a-f]{64})\nsize (\d+)\n$/
const MAX_POINTER_BYTES = 1024
const MAX_CONTENT_BYTES = 1024 ** 3

/**
 * Whether a file has the content to which its pointer of Git LFS leads. The user's git compares through a filter, which
 * is a program of a setting and is not started here.
 */
async function isContentOfPointer(order: ViewOrder, view: RepositoryView, path: string): Promise<boolean> {
  const args = ['cat-file', 'blob', `HEAD:${path}`]
  const call = { gitDir: view.path, args, accept: [128], mostBytes: MAX_POINTER_BYTES }
  const said = await order.git(call).catch((error) => {
    if (error instanceof WorkspaceError && error.code === 'git_said_too_much') return undefined
    throw error
  })
  const [, sha256, size] = POINTER.exec(said?.stdout ?? '') ?? []
  if (sha256 === undefined || Number(size) > MAX_CONTENT_BYTES) return false
  const file = await readInside(order.repository, path, Number(size)).catch(() => undefined)
  if (file?.bytes.length !== Number(size)) return false
  return createHash('sha256').update(file.bytes).digest('hex') === sha256
}

/** Files and folders of the checkout that git ignores; a folder that is ignored whole ends with a slash. */
export function ignoredFiles(order: ViewOrder): Promise<string[]> {
  const args = ['ls-files', '-z', '--others', '--ignored', '--exclude-standard', '--directory']
  return withView(order, async ({ path, index }) => {
    const { stdout } = await order.git({ gitDir: path, workTree: order.repository, index, args })
    return stdout.split('\0').filter(Boolean)
  })
}

/** Files of the checkout that git does not track, ignored or not; `*`, `**` and `?` in the pattern are wildcards. */
export function untrackedFiles(order: ViewOrder, pattern: string): Promise<string[]> {
  const wanted = `:(glob)${pattern.replace(/[[\]]/g, '\\$&')}`
  const args = ['ls-files', '-z', '--others', '--', wanted]
  return withView(order, async ({ path, index }) => {
    const { stdout } = await order.git({ gitDir: path, workTree: order.repository, index, args })
    return stdout.split('\0').filter((found) => found !== '' && !found.endsWith('/'))
  })
}

/** The tree of a branch, or undefined when there is no such branch. */
export function treeOfBranch(order: ViewOrder, branch: string): Promise<string | undefined> {
  return withView(order, async ({ path }) => {
    const args = ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}^{tree}`]
    const answer = await order.git({ gitDir: path, args, accept: [1, 128] })
    return answer.code === 0 ? answer.stdout.trim() : undefined
  })
}

/** The hash function of its object names. */
export function objectFormat(order: ViewOrder): Promise<string> {
  return withView(order, async ({ path }) => {
    return (await order.git({ gitDir: path, args: ['rev-parse', '--show-object-format'] })).stdout.trim()
  })
}

const QUIET = [
  '--quiet',
  '--no-tags',
  '--no-write-fetch-head',
  '--no-recurse-submodules',
  '--no-auto-maintenance',
]

/** Fetches HEAD of the user's repository into one of our own. */
export async function fetchHeadInto(
  order: ViewOrder & { readonly signal?: AbortSignal | undefined },
  to: string,
  ref: string,
): Promise<void> {
  const { git, repository, signal } = order
  await withView(order, async ({ path }) => {
    const args = ['fetch', ...QUIET, '--update-shallow', '--force', path, `HEAD:${ref}`]
    await git({ gitDir: to, args, signal })
  }).catch((error) => {
    if (!isIncomplete(error)) throw error
    throw lackingObjects(repository)
  })
}

export function lackingObjects(repository: string): Refusal {
  const wayOut = `Complete it: git -C ${shellWord(repository)} fetch --refetch --no-filter`
  return new Refusal('unsupported', `${repository} lacks objects of HEAD, as partial clones do. ${wayOut}`)
}

const MAX_ASKED = 100

/** Whether the content of one of these files at HEAD is missing; a checkout then lacks the file. */
export function lacksContentOf(order: ViewOrder, paths: readonly string[]): Promise<boolean> {
  return withView(order, async ({ path: gitDir }) => {
    const args = ['--literal-pathspecs', 'ls-tree', '-z', 'HEAD', '--', ...paths.slice(0, MAX_ASKED)]
    const listed = (await order.git({ gitDir, args })).stdout.split('\0')
    const names = listed.flatMap((entry) => /^\d+ blob (\w+)\t/.exec(entry)?.[1] ?? [])
    for (const name of names) {
      const answer = await order.git({ gitDir, args: ['cat-file', '-e', name], accept: [1, 128] })
      if (answer.code !== 0) return true
    }
    return false
  })
}

function isIncomplete(error: unknown): boolean {
  return (
    error instanceof WorkspaceError &&
    /missing (blob|tree|commit)|bad (tree |blob |commit )?object|unable to read/i.test(error.message)
  )
}

/** Copies a ref of a repository to a ref of the user's repository, only forward. @throws WorkspaceError `not_published`. */
export async function copyRef(order: ViewOrder, from: RefIn, to: string): Promise<void> {
  const answer = await withView(order, (view) => {
    showMainHead(view)
    const source = from.repository ?? view.path
    const args = ['fetch', ...QUIET, '--no-prune', '--no-write-commit-graph', source, `${from.ref}:${to}`]
    return order.git({ gitDir: view.path, args, accept: [1, 128] })
  })
  if (answer.code === 0) return
  const name = to.replace('refs/heads/', '')
  throw new WorkspaceError(
    'not_published',
    `${name} could not be brought into ${order.repository}: ${reasonOf(answer.stderr, order.places)}`,
  )
}

interface RefIn {
  /** The path of a git folder; absent: the user's repository. */
  readonly repository?: string
  readonly ref: string
}

/** For the main checkout git names the view. */
function reasonOf(stderr: string, { scratch }: ViewOrder['places']): string {
  const place = /checked out at '(.+)'/.exec(stderr)?.[1]
  if (place === undefined) return stderr.trim()
  return place.startsWith(scratch) ? 'it is checked out' : `it is checked out in ${place}`
}

/** Refs below a folder of refs such as `refs/canopy`, with their commits. */
export async function refsBelow(order: ViewOrder, folder: string): Promise<Map<string, string>> {
  const args = ['for-each-ref', '--format=%(objectname) %(refname)', folder]
  const { stdout } = await withView(order, ({ path }) => order.git({ gitDir: path, args }))
  const lines = stdout.split('\n').filter(Boolean)
  return new Map(lines.map((line) => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]))
}

/** Removes a ref if it still has this commit. */
export async function removeRef(order: ViewOrder, ref: string, commit: string): Promise<void> {
  const args = ['update-ref', '--no-deref', '-d', ref, commit]
  await withView(order, ({ path }) => order.git({ gitDir: path, args, accept: [1, 128] }))
}

/** Whether a commit of the user's repository is contained in another one. */
export async function isAncestor(order: ViewOrder, earlier: string, later: string): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', earlier, later]
  const answer = await withView(order, ({ path }) => order.git({ gitDir: path, args, accept: [1, 128] }))
  return answer.code === 0
}

/** The branches with their commits; git cannot have `a` and `a/b` as branches at the same time. */
export async function branchesUnder(order: ViewOrder): Promise<Map<string, string>> {
  const args = ['for-each-ref', '--format=%(refname:short) %(objectname)', 'refs/heads']
  const { stdout } = await withView(order, ({ path }) => order.git({ gitDir: path, args }))
  const lines = stdout.split('\n').filter(Boolean)
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]),
  )
}

/** A checkout elsewhere of a commit of the user's, on a branch with the same name as theirs. */
export async function cloneAt(order: ViewOrder, start: string, place: string): Promise<void> {
  const { git } = order
  await withView(order, async ({ path }) => {
    // Without hard links of objects: git refuses those when the folder of objects is a link.
    const options = ['--quiet', '--template=', '--no-checkout', '--no-tags', '--no-local']
    await git({ args: ['clone', ...options, path, place] })
    const named = await git({
      gitDir: path,
      args: ['symbolic-ref', '--quiet', '--short', 'HEAD'],
      accept: [1],
    })
    const checkout = ['checkout', '--quiet', '-B', named.stdout.trim() || 'main', start]
    await git({ gitDir: join(place, '.git'), workTree: place, args: checkout })
  })
}
