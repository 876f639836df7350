// Repository
//
// The user's repository: reading it, and copying one branch into it.
// Leaves: git's view of it without its settings (repository-view.ts).
//
// Nothing is written but `refs/heads/canopy/<milestone>` and the objects it needs. No hook of theirs runs, no index is
// refreshed, no maintenance starts, no reflog is written.

import { join } from 'node:path'
import { shellWord } from '../machines/index.ts'
import { showMainHead, type ViewOrder, withView } from './repository-view.ts'
import { Refusal } from './survey/refusal.ts'
import { WorkspaceError } from './workspace-error.ts'

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
  return withView(order, async ({ path, index }) => {
    const { stdout } = await order.git({ gitDir: path, workTree: order.repository, index, args })
    const entries = stdout.split('\0').filter(Boolean)
    return entries.map((entry) => entry.slice(3))
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
    const wayOut = `Complete it: git -C ${shellWord(repository)} fetch --refetch --no-filter`
    throw new Refusal('unsupported', `${repository} lacks objects of HEAD, as partial clones do. ${wayOut}`)
  })
}

function isIncomplete(error: unknown): boolean {
  return (
    error instanceof WorkspaceError &&
    /missing (blob|tree|commit)|bad object|unable to read/i.test(error.message)
  )
}

/** Copies a branch of the clone to the user's repository, only forward. */
export async function publish(order: ViewOrder, clone: string, from: string, branch: string): Promise<void> {
  const args = [
    'fetch',
    ...QUIET,
    '--no-prune',
    '--no-write-commit-graph',
    clone,
    `${from}:refs/heads/${branch}`,
  ]
  const answer = await withView(order, (view) => {
    showMainHead(view)
    return order.git({ gitDir: view.path, args, accept: [1, 128] })
  })
  if (answer.code === 0) return
  const reason = answer.stderr.trim()
  throw new WorkspaceError(
    'not_published',
    `${branch} could not be brought into ${order.repository}: ${reason}`,
  )
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
