// Approval gate
//
// Owns:   that a file which runs by itself is merged only when a person approved exactly that file: neither the planner
//         nor the task can allow it.
// Leaves: which files these are (runs-by-itself.ts, started-files.ts), where approvals are kept (cli/approve/).

import { shellWord } from '../../machines/index.ts'
import type { Change } from '../commit.ts'
import type { Gate } from './gate.ts'
import { runsByItself } from './runs-by-itself.ts'
import { startedFiles } from './started-files.ts'
import { verdict } from './verdict.ts'

/** What people approved. */
export interface Approvals {
  /** @param blob git's name of the content; `deleted` when the file goes. */
  has(path: string, blob: string): Promise<boolean>
}

export const NO_APPROVALS: Approvals = { has: async () => false }

export const approval: Gate = {
  name: 'approval',
  first: true,
  async judge({ approvals, clone }, { changes, commit, files }) {
    const reasons = new Map((await files()).map((change) => [change.path, runsByItself(change)]))
    const started = await startedFiles(clone, commit, [...reasons.keys()])
    const findings: string[] = []
    for (const change of changes) {
      const starter = started.get(change.path)
      const found = [
        ...(reasons.get(change.path) ?? []),
        ...(starter === undefined ? [] : [`${starter} starts it, and runs by itself`]),
      ]
      if (found.length === 0 || (await approvals.has(change.path, blobOf(change)))) continue
      findings.push(`${change.path} needs a person's approval: ${found.join('; ')}. ${wayOut(change)}`)
    }
    return verdict('approval', findings)
  },
}

function blobOf({ status, blob }: Change): string {
  return status === 'D' ? 'deleted' : blob
}

function wayOut(change: Change): string {
  const file = shellWord(`${change.path}@${blobOf(change).slice(0, 12)}`)
  return `Leave it as it is, or have a person run: canopy approve ${file}`
}
