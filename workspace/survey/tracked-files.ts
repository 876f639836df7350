// Tracked files
//
// The paths in a commit, and a check that its checkout is not larger than commands may fill.
//
// A repository of a few kilobytes can hold a tree with more files than a disk has room for: the same folder again and
// again under other names. They are counted before any checkout.

import type { WorkspaceParts } from '../parts.ts'
import { diskLimits } from '../sandbox/settings.ts'
import { WorkspaceError } from '../workspace-error.ts'
import { Refusal } from './refusal.ts'

export async function trackedFiles(parts: WorkspaceParts, head: string): Promise<string[]> {
  const { bytes, files } = parts.sandbox.disk ?? diskLimits()
  const listed = await listing(parts, head, Math.max(LEAST_BYTES, files * BYTES_OF_ENTRY))
  const entries = listed.split('\0').filter(Boolean)
  if (entries.length > files) throw tooLarge(parts, `more than ${files} files`)
  const all = entries.reduce((sum, entry) => sum + sizeIn(entry), 0)
  if (all > bytes) throw tooLarge(parts, `more than ${Math.floor(bytes / 1024 / 1024)} MB`)
  return entries.map((entry) => entry.slice(entry.indexOf('\t') + 1))
}

/** Paths are shorter than this on average. */
const BYTES_OF_ENTRY = 256
const LEAST_BYTES = 4 * 1024 * 1024

async function listing(parts: WorkspaceParts, head: string, mostBytes: number): Promise<string> {
  try {
    return await parts.clone.git(['ls-tree', '-r', '-l', '-z', head], { mostBytes })
  } catch (error) {
    if (error instanceof WorkspaceError && error.code === 'git_said_too_much')
      throw tooLarge(parts, 'a list of files that is longer than what is read of git')
    throw error
  }
}

/** `100644 blob 1f7a... 42\tpath`; a submodule has a dash for its size. */
function sizeIn(entry: string): number {
  return Number(/^\S+ \S+ \S+ +(\d+)\t/.exec(entry)?.[1] ?? 0)
}

function tooLarge({ repository }: WorkspaceParts, what: string): Refusal {
  const wayOut = 'In your own file you may say more: sandbox: { disk-mb, files }.'
  return new Refusal('too_large', `A checkout of ${repository} has ${what}. ${wayOut}`)
}
