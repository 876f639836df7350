// Brought files
//
// The files of the user's checkout that `commands.bring` names, and git does not have: which ones, and their content.
// Leaves: keeping them and placing them in worktrees (bring-folder.ts).
//
// Only regular files below the checkout are read, up to a limit, and no link is followed. A pattern never brings a file
// whose name is one of secrets: the user must write its exact path, and the log names it.

import { isOfGit, isOfPackages } from '../../machines/index.ts'
import type { WorkspaceParts } from '../parts.ts'
import { untrackedFiles } from '../repository.ts'
import { Refusal } from '../survey/refusal.ts'
import { FileRefused, kindInside, readInside } from '../worktree-files.ts'
import type { BroughtFile } from './brought-file.ts'

const MAX_FILES = 500
const MAX_FILE_BYTES = 8 * 1024 * 1024
const MAX_BYTES_TOGETHER = 32 * 1024 * 1024

const SECRET =
  /(^|\/)(\.env(\.[^/]*)?|\.(npmrc|netrc|pypirc|pgpass|htpasswd|git-credentials)|id_(rsa|dsa|ecdsa|ed25519)[^/]*|[^/]*\.(pem|key|p12|pfx|jks|keystore|kdbx|tfstate)|[^/]*(secret|credential|password|service-account)[^/]*)$|(^|\/)\.(ssh|aws|gnupg|docker|kube)\//i

/** Whether a file with this path usually holds secrets. */
export function isSecretPath(path: string): boolean {
  return SECRET.test(path)
}

/** Whether an entry of `commands.bring` names several files: it has `*` or `?` in it, or ends with `/`. */
export function isPattern(entry: string): boolean {
  return /[*?]|\/$/.test(entry)
}

/** Sorted by path. Throws a Refusal for an entry that names no file that can be brought. */
export async function readBroughtFiles(
  parts: WorkspaceParts,
  tracked: readonly string[],
): Promise<BroughtFile[]> {
  const entries = parts.commands?.bring ?? []
  const known = new Set(tracked)
  const paths = new Set<string>()
  for (const entry of entries) {
    if (!isPattern(entry)) paths.add(entry)
    else for (const path of await matching(parts, entry, known)) paths.add(path)
  }
  if (paths.size > MAX_FILES) throw refusal(`${paths.size} files`, `are more than ${MAX_FILES}`)
  const files: BroughtFile[] = []
  let bytes = 0
  for (const path of [...paths].sort()) {
    const file = await readOne(parts.repository, path, known)
    bytes += file.bytes.length
    if (bytes > MAX_BYTES_TOGETHER) throw refusal('the files', `have more than ${MAX_BYTES_TOGETHER} bytes`)
    if (isSecretPath(path))
      parts.log(`${path} may hold secrets: tests and agents can read it in each worktree`, { path })
    files.push(file)
  }
  return files
}

async function matching(
  parts: WorkspaceParts,
  pattern: string,
  tracked: ReadonlySet<string>,
): Promise<string[]> {
  const found = (await untrackedFiles(parts, pattern.replace(/\/$/, '/**'))).filter(
    (path) => !tracked.has(path) && objectionTo(path) === undefined,
  )
  const plain = found.filter((path) => !isSecretPath(path))
  if (plain.length > 0) return plain
  const [secret] = found
  throw secret === undefined
    ? refusal(pattern, 'matches no file of the checkout that git does not track')
    : refusal(pattern, `matches only ${secret}, which may hold secrets: name it by its exact path`)
}

async function readOne(repository: string, path: string, tracked: ReadonlySet<string>): Promise<BroughtFile> {
  if (tracked.has(path)) throw refusal(path, 'is tracked by git: each worktree has it already')
  const objection = objectionTo(path)
  if (objection !== undefined) throw refusal(path, objection)
  try {
    const { kind, target } = await kindInside(repository, path)
    if (kind === 'link') throw refusal(path, `is a link to ${target}, and links are not followed`)
    if (kind === 'folder') throw refusal(path, `is a folder: write ${path}/ for the files in it`)
    const file = await readInside(repository, path, MAX_FILE_BYTES)
    if (file === undefined) throw refusal(path, 'is not in the checkout: make it first, or leave it out')
    return { ...file, path }
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error
    throw refusal(path, `cannot be read: ${error.message}`)
  }
}

function objectionTo(path: string): string | undefined {
  if (isOfPackages(path)) return 'is in a folder of packages: those are installed'
  return path.split('/').some(isOfGit) ? "is git's own" : undefined
}

function refusal(what: string, reason: string): Refusal {
  return new Refusal('cannot_bring', `commands.bring (or --bring) cannot be followed: ${what} ${reason}.`)
}
