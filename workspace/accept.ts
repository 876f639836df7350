// Accept
//
// Runs a milestone's acceptance commands on the tip of its branch, each in a new worktree, in the sandbox.
// Leaves: what follows (the supervisor's machine).
//
// A command that did not run to its end is a finding and no acceptance. Files of a command are in its own worktree
// only: no worker's tree holds them.

import type { AcceptCheck, Survey } from '../machines/index.ts'
import { placeAcceptFiles } from './accept-files.ts'
import { runCheck, saidAtLast, shell } from './commands/run-command.ts'
import { milestoneBranch } from './milestone-branch.ts'
import type { WorkspaceParts } from './parts.ts'
import { INTEGRATION, withWorktree } from './worktree.ts'

export interface AcceptOrder {
  readonly survey: Survey
  readonly milestone: string
  readonly commands: readonly AcceptCheck[]
  readonly signal?: AbortSignal | undefined
}

/** The failed checks, one sentence each. */
export async function accept(parts: WorkspaceParts, order: AcceptOrder): Promise<string[]> {
  const { survey, signal } = order
  const { tip: commit } = await milestoneBranch(parts, order.milestone)
  const findings: string[] = []
  for (const check of order.commands) {
    const { run, files } = typeof check === 'string' ? { run: check, files: undefined } : check
    const worktree = { ...survey, name: INTEGRATION, commit, signal }
    const finding = await withWorktree(parts, worktree, async ({ path }) => {
      const unplaced = files === undefined ? undefined : await placeAcceptFiles(parts, files, path)
      return unplaced ?? runOne(parts, order, run, path)
    })
    if (finding !== undefined) findings.push(finding)
  }
  return findings
}

async function runOne(
  parts: WorkspaceParts,
  { survey, signal }: AcceptOrder,
  command: string,
  root: string,
): Promise<string | undefined> {
  const checked = await runCheck(parts, { survey, root, argv: shell(command), signal })
  signal?.throwIfAborted()
  if (checked.kind === 'broken') return `'${command}' ${checked.reason}`
  return checked.code === 0 ? undefined : `'${command}' failed (exit ${checked.code}): ${saidAtLast(checked)}`
}
