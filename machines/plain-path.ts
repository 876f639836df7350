// Plain path
//
// Which text may name a file below a root: the one rule for paths from a repository, a model, a node or an archive.
// Leaves: opening such a file without following links (workspace/worktree-files.ts).
//
// An accepted path names the same file below its root on every system: no `..`, no drive, no device, no stream. No part
// of it is equal to `.git` for git or for a file system that compares names loosely.

import { z } from 'zod'

const MAX_PATH_LENGTH = 1024
const MAX_NAME_BYTES = 255

/** Characters that look like those of `.git` and that no Unicode normal form maps to them. */
const LOOKALIKES: readonly (readonly [RegExp, string])[] = [
  [/[\u0581\u0261\u018d]/gu, 'g'],
  [/[\u0131\u0456\u04cf\u0269\u03b9\u1fbe]/gu, 'i'],
  [/[\u0442\u03c4\u1d1b]/gu, 't'],
  [/[\u3002\ufe52\uff61]/gu, '.'],
]
const IGNORED = /[\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu
const OF_GIT = /^(\.git|git~\d+)([ .]*|:.*)$/
const DEVICE =
  /^(con|prn|aux|nul|clock\$|conin\$|conout\$|com[\d\u00b9\u00b2\u00b3]|lpt[\d\u00b9\u00b2\u00b3])[ ]*(\.|$)/i

/** Whether git, or a file system that compares names loosely, would treat this name as `.git`. */
export function isOfGit(name: string): boolean {
  return OF_GIT.test(looseForm(name))
}

/** Whether some part of the path is `node_modules`, in any spelling. */
export function isOfPackages(path: string): boolean {
  return path.split('/').some((name) => looseForm(name).replace(/[ .]+$/, '') === 'node_modules')
}

function looseForm(name: string): string {
  const plain = name.normalize('NFKD').replace(IGNORED, '')
  const latin = LOOKALIKES.reduce((text, [letters, letter]) => text.replace(letters, letter), plain)
  return latin.toUpperCase().toLowerCase()
}

/** Why the path is refused, as a sentence; undefined when it may be used. */
export function objectionToPath(path: string): string | undefined {
  if (path === '') return 'is empty: name a file below the top folder'
  if (path.includes('\0')) return 'has a NUL character in it'
  if (/\p{Cc}/u.test(path)) return 'has a control character in it'
  if (/\p{Surrogate}/u.test(path)) return 'is not valid Unicode'
  if (path.startsWith('/')) return 'is absolute: give a path relative to the top folder'
  if (path.includes('\\')) return 'has a backslash in it: separate names by /'
  if (path.length > MAX_PATH_LENGTH) return `has ${path.length} characters, more than ${MAX_PATH_LENGTH}`
  for (const name of path.split('/')) {
    const objection = objectionToName(name)
    if (objection !== undefined) return objection
  }
  return undefined
}

function objectionToName(name: string): string | undefined {
  if (name === '..') return 'has .. in it: give a path relative to the top folder'
  if (name === '' || name === '.') return 'has an empty name or . in it'
  if (isOfGit(name)) return "is git's own: only the files of the worktree can be used"
  if (name.includes(':')) return 'has a colon in it, which names a drive or a stream on Windows'
  if (DEVICE.test(name)) return `has the name of a Windows device in it: ${name}`
  if (/[. ]$/.test(name)) return 'has a name in it that ends with a dot or a space, which Windows drops'
  if (bytesOf(name) > MAX_NAME_BYTES) return `has a name of more than ${MAX_NAME_BYTES} bytes in it`
  return undefined
}

function bytesOf(name: string): number {
  return new TextEncoder().encode(name).length
}

/** A path below a root, with forward slashes, from a repository, a model, a node or an archive. */
export const pathSchema = z
  .string()
  .min(1)
  .max(400)
  .superRefine((path, context) => {
    const objection = objectionToPath(path)
    if (objection !== undefined)
      context.addIssue({ code: 'custom', message: `${JSON.stringify(path)} ${objection}` })
  })
