// Approval gate
//
// The gate `approval`: a file that runs by itself is merged only when a person approved exactly its content. Neither
// the planner nor the task can allow it.
// Leaves: finding such files (runs-by-itself.ts, started-files.ts), where approvals are stored (app/approve/).

import { shellWord } from '../machines/index.ts'
import type { Change } from '../workspace/index.ts'
import type { Gate, GateInput, GateParts } from './gate.ts'
import { runsByItself } from './runs-by-itself.ts'
import { startedFiles } from './started-files.ts'
import { verdict } from './verdict.ts'

export const approval: Gate = {
  name: 'approval',
  judges: 'submission',
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
      findings.push(
        `${change.path} needs a person's approval: ${found.join('; ')}. Leave it as it is, or have a person run: ${approvalCommand({ changes }, change.path)}`,
      )
    }
    return verdict('approval', findings)
  },
}

/** Whether a person approved a file's content in the submission. */
export async function isApproved(
  { approvals }: GateParts,
  { changes }: GateInput,
  path: string,
): Promise<boolean> {
  const change = changes.find((one) => one.path === path)
  return change !== undefined && approvals.has(path, blobOf(change))
}

/** The changed files whose content a person approved. */
export async function approvedOf(parts: GateParts, subject: GateInput): Promise<string[]> {
  const paths = subject.changes.map(({ path }) => path)
  const approved = await Promise.all(paths.map((path) => isApproved(parts, subject, path)))
  return paths.filter((_, at) => approved[at])
}

/** The command with which a person approves it. */
export function approvalCommand({ changes }: Pick<GateInput, 'changes'>, path: string): string {
  const change = changes.find((one) => one.path === path)
  const blob = change === undefined ? 'deleted' : blobOf(change).slice(0, 12)
  return `canopy approve ${shellWord(`${path}@${blob}`)}`
}

function blobOf({ status, blob }: Change): string {
  return status === 'D' ? 'deleted' : blob
}
