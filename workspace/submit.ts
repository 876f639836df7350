// Submit
//
// Commits named files of a task's worktree, without judging them.
//
// Only regular files inside the worktree are read: code that ran there could have left a link to anywhere. The same
// files give the same commit, also after a crash in between.

import type { Submission } from '../machines/index.ts'
import { broughtInto } from './bring/bring-folder.ts'
import { conversionAt } from './checkout-conversion.ts'
import { type Content, modesAt, writeCommit } from './commit.ts'
import { formatterOf, textIn } from './format.ts'
import type { WorkspaceParts } from './parts.ts'
import { fileName } from './places.ts'
import type { SurveyOf } from './survey-record.ts'
import { WorkspaceError } from './workspace-error.ts'
import { adminFolder, worktreePath } from './worktree.ts'
import { FileRefused, plainPath, readInside } from './worktree-files.ts'

export interface SubmitOrder {
  readonly milestone: string
  readonly task: string
  /** Paths in the worktree, or paths with their new content. */
  readonly files: readonly (string | { readonly path: string; readonly source: string })[]
  /** Number of test cases in them. */
  readonly cases: number
  readonly message: string
  /** Given: the repository's own linters mend the files, and its formatters format them. */
  readonly survey?: SurveyOf
  readonly signal?: AbortSignal | undefined
}

interface FileContent {
  readonly path: string
  readonly content: Uint8Array
}

export const taskWorktree = (order: { milestone: string; task: string }) => `${order.milestone}.${order.task}`

/** The ref of a task's submission in the clone. */
export const submissionRef = (order: { milestone: string; task: string }) =>
  `refs/canopy/submissions/${fileName(taskWorktree(order))}`

const MAX_BYTES = 4 * 1024 * 1024

export async function submit(parts: WorkspaceParts, order: SubmitOrder): Promise<Submission> {
  const root = worktreePath(parts.places, taskWorktree(order))
  const parent = await startOf(parts, order)
  refuseBrought(parts, order)
  const reading = order.files.map((file) => (typeof file === 'string' ? read(root, file) : given(root, file)))
  const unformatted = (await Promise.all(reading)).sort((a, b) => (a.path < b.path ? -1 : 1))
  const files = await formatted(parts, root, unformatted, order)
  const conversion = await conversionAt(parts, parent)
  const modes = await modesAt(
    parts,
    parent,
    files.map(({ path }) => path),
  )
  const contents: Content[] = []
  for (const { path, content } of files) {
    const blob = (await conversion?.storedAs(path, content, { keep: true })) ?? content
    contents.push({ path, mode: modes.get(path) === '100755' ? '100755' : '100644', blob })
  }
  const ref = submissionRef(order)
  const commit = await writeCommit(parts.clone, { ref, parent, contents, message: order.message })
  return { commit, files: files.map(({ path }) => path), cases: order.cases }
}

function refuseBrought({ places }: WorkspaceParts, order: SubmitOrder): void {
  const brought = broughtInto(places, taskWorktree(order))
  const paths = order.files.map((file) => (typeof file === 'string' ? file : file.path))
  const found = paths.find((path) => brought.includes(path))
  if (found !== undefined)
    throw refusal(found, new FileRefused('it was brought from the checkout (commands.bring)'))
}

async function formatted(
  parts: WorkspaceParts,
  root: string,
  files: readonly FileContent[],
  { survey, signal }: Pick<SubmitOrder, 'survey' | 'signal'>,
): Promise<readonly FileContent[]> {
  const format = survey && (await formatterOf(parts, root, { survey, signal, isMended: true }))
  if (format === undefined) return files
  const one = async ({ path, content }: FileContent) => {
    const text = textIn(content)
    return { path, content: text === undefined ? content : Buffer.from(await format(path, text)) }
  }
  return Promise.all(files.map(one))
}

/** The commit of the worktree by our clone's record; the worktree itself is not read. */
export async function startOf(
  parts: WorkspaceParts,
  order: Pick<SubmitOrder, 'milestone' | 'task'>,
): Promise<string> {
  const gitDir = adminFolder(parts.places, taskWorktree(order))
  const answer = await parts.git({ gitDir, args: ['rev-parse', 'HEAD'], accept: [128] })
  if (answer.code === 0) return answer.stdout.trim()
  throw new WorkspaceError(
    'no_worktree',
    `task ${order.task} of ${order.milestone} has no worktree: prepare it first`,
  )
}

function given(root: string, { path, source }: { path: string; source: string }): FileContent {
  try {
    return { path: unchanged(root, path), content: Buffer.from(source) }
  } catch (error) {
    throw refusal(path, error)
  }
}

async function read(root: string, path: string): Promise<FileContent> {
  try {
    const file = await readInside(root, unchanged(root, path), MAX_BYTES)
    if (file === undefined) throw new FileRefused('there is no such file')
    return { path, content: file.bytes }
  } catch (error) {
    throw refusal(path, error)
  }
}

/** A path without detours. */
function unchanged(root: string, path: string): string {
  if (plainPath(root, path) === path) return path
  throw new FileRefused('it is not a file inside the worktree, named from its top folder')
}

function refusal(path: string, error: unknown): unknown {
  if (!(error instanceof FileRefused)) return error
  return new WorkspaceError('file_refused', `${path} cannot be submitted: ${error.message}`)
}
