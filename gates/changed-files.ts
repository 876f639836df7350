// Changed files
//
// The contents of the changed files, at the tip and in the submission; their new lines.

import type { FileChange } from '../machines/index.ts'
import { type Change, type Clone, lookUp } from '../workspace/index.ts'

/** A longer file is not read: nobody writes that much by hand. */
const MAX_BYTES = 1024 * 1024
const MAX_AT_ONCE = 8

export async function readChanges(
  clone: Clone,
  { commit, changes }: { commit: string; changes: readonly Change[] },
): Promise<FileChange[]> {
  const [was, is] = await Promise.all([
    lookUp(
      clone,
      changes.map(({ path }) => `${commit}^:${path}`),
    ),
    lookUp(
      clone,
      changes.map(({ path }) => `${commit}:${path}`),
    ),
  ])
  const read = async (found: { blob: string; bytes: number } | undefined) => {
    if (found === undefined) return undefined
    return found.bytes > MAX_BYTES ? '' : clone.git(['cat-file', 'blob', found.blob])
  }
  const files: FileChange[] = []
  for (let at = 0; at < changes.length; at += MAX_AT_ONCE) {
    const some = changes.slice(at, at + MAX_AT_ONCE).map(async ({ path }, offset) => {
      const [before, after] = await Promise.all([read(was[at + offset]), read(is[at + offset])])
      return { path, before, after }
    })
    files.push(...(await Promise.all(some)))
  }
  return files
}

/** New or changed lines by path, counted from 1. */
export async function changedLines(clone: Clone, commit: string): Promise<Map<string, Set<number>>> {
  const diff = ['diff', '--unified=0', '--no-color', '--no-ext-diff', '--no-renames', `${commit}^`, commit]
  const lines = new Map<string, Set<number>>()
  let current = new Set<number>()
  for (const line of (await clone.git(diff)).split('\n')) {
    const path = /^\+\+\+ "?b\/(.*?)"?$/.exec(line)?.[1]
    if (path !== undefined) {
      current = new Set()
      lines.set(path, current)
    }
    const [, start, count = '1'] = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(line) ?? []
    if (start !== undefined) for (let at = 0; at < Number(count); at++) current.add(Number(start) + at)
  }
  return lines
}

/** Lines added and removed, by path; none for a binary file. */
export async function countLines(clone: Clone, commit: string): Promise<Map<string, number>> {
  const said = await clone.git(['diff', '--numstat', '-z', '--no-renames', `${commit}^`, commit])
  const entries = said
    .split('\0')
    .filter(Boolean)
    .map((entry) => entry.split('\t'))
  return new Map(
    entries.map(([added, gone, path = '']) => [path, (Number(added) || 0) + (Number(gone) || 0)]),
  )
}
