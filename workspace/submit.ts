// Submit
//
// Owns:   turning files of a task's worktree into a commit that nobody has judged yet.
//
// Q1. Only regular files inside the worktree are read: code that ran there could have left a link to anywhere.
// Q2. The same files give the same commit, also after a crash in between.

import { constants, open, realpath } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { Submission } from '../machines/index.ts'
import { writeCommit } from './commit.ts'
import type { Parts } from './parts.ts'
import { fileName } from './places.ts'
import { WorkspaceError } from './workspace-error.ts'
import { adminFolder, worktreePath } from './worktree.ts'

export interface SubmitOrder {
  readonly milestone: string
  readonly task: string
  /** Paths in the worktree, or paths with what is to be in them. */
  readonly files: readonly (string | { readonly path: string; readonly source: string })[]
  /** How many test cases are in them. */
  readonly cases: number
  readonly message: string
}

interface FileContent {
  readonly path: string
  readonly content: Uint8Array
}

export const taskWorktree = (order: { milestone: string; task: string }) => `${order.milestone}.${order.task}`

/** Where the clone keeps what a task submitted. */
export const submissionRef = (order: { milestone: string; task: string }) =>
  `refs/canopy/submissions/${fileName(taskWorktree(order))}`

const MOST_BYTES = 4 * 1024 * 1024

export async function submit(parts: Parts, order: SubmitOrder): Promise<Submission> {
  const root = worktreePath(parts.places, taskWorktree(order))
  const parent = await startOf(parts, order)
  const read = order.files.map((file) =>
    typeof file === 'string' ? readInside(root, file) : given(root, file),
  )
  const files = (await Promise.all(read)).sort((a, b) => (a.path < b.path ? -1 : 1))
  const contents = files.map(({ path, content }) => ({ path, mode: '100644', blob: content }))
  const ref = submissionRef(order)
  const commit = await writeCommit(parts.clone, { ref, parent, contents, message: order.message })
  return { commit, files: files.map(({ path }) => path), cases: order.cases }
}

/** The commit the worktree was made from, as our clone remembers it; the worktree itself is not asked. */
export async function startOf(parts: Parts, order: Pick<SubmitOrder, 'milestone' | 'task'>): Promise<string> {
  const gitDir = adminFolder(parts.places, taskWorktree(order))
  const answer = await parts.git({ gitDir, args: ['rev-parse', 'HEAD'], accept: [128] })
  if (answer.code === 0) return answer.stdout.trim()
  throw new WorkspaceError(
    'no_worktree',
    `task ${order.task} of ${order.milestone} has no worktree: prepare it first`,
  )
}

function given(root: string, { path, source }: { path: string; source: string }): FileContent {
  if (!isPlain(root, path)) throw refusal(path, OUTSIDE)
  return { path, content: Buffer.from(source) }
}

const OUTSIDE = 'it is not a file inside the worktree'

function refusal(path: string, reason: string): WorkspaceError {
  return new WorkspaceError('file_refused', `${path} cannot be submitted: ${reason}`)
}

/** Relative, without detours, and nothing of git's own. */
function isPlain(root: string, path: string): boolean {
  return relative(root, join(root, path)) === path && !/^\.\.|(^|\/)\.git(\/|$)/i.test(path)
}

async function readInside(root: string, path: string): Promise<FileContent> {
  const refuse = (reason: string) => refusal(path, reason)
  const full = join(root, path)
  const folder = await realpath(dirname(full)).catch(() => undefined)
  const inside = folder !== undefined && !relative(await realpath(root), folder).startsWith('..')
  if (!inside || !isPlain(root, path)) throw refuse(OUTSIDE)
  const file = await open(full, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => undefined,
  )
  if (file === undefined) throw refuse('there is no such file, or it is a link')
  try {
    const stat = await file.stat()
    if (!stat.isFile()) throw refuse('it is not a regular file')
    if (stat.size > MOST_BYTES) throw refuse(`it has ${stat.size} bytes, more than ${MOST_BYTES}`)
    return { path, content: await file.readFile() }
  } finally {
    await file.close()
  }
}
