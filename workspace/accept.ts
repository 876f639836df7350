// Accept
//
// Owns:   running a milestone's acceptance commands on the tip of its branch, each in a fresh worktree, in the sandbox.
// Leaves: what follows (the supervisor's machine).
//
// A1. A command that could not be run to its end is a finding, never an acceptance.

import { join } from 'node:path'
import type { Survey } from '../machines/index.ts'
import { readableWith } from './dependencies.ts'
import { milestoneBranch } from './milestone-branch.ts'
import type { Parts } from './parts.ts'
import { exitOf, lastWords } from './suite.ts'
import { INTEGRATION, withWorktree } from './worktree.ts'

export interface AcceptOrder {
  readonly survey: Survey
  readonly milestone: string
  /** For a shell. */
  readonly commands: readonly string[]
  readonly signal?: AbortSignal | undefined
}

const LIMIT_MS = 15 * 60_000

/** What was not accepted, a sentence each. */
export async function accept(parts: Parts, order: AcceptOrder): Promise<string[]> {
  const { survey, signal } = order
  const { tip: commit } = await milestoneBranch(parts, order.milestone)
  const findings: string[] = []
  for (const command of order.commands) {
    const worktree = { ...survey, name: INTEGRATION, commit, signal }
    const finding = await withWorktree(parts, worktree, ({ path }) => runOne(parts, order, command, path))
    if (finding !== undefined) findings.push(finding)
  }
  return findings
}

async function runOne(
  parts: Parts,
  { survey, signal }: AcceptOrder,
  command: string,
  root: string,
): Promise<string | undefined> {
  const ending = await parts.sandbox.run({
    argv: ['/bin/sh', '-c', command],
    cwd: root,
    writable: [root],
    frozen: [join(root, '.git')],
    readable: await readableWith(survey.dependencies),
    timeoutMs: LIMIT_MS,
    memoryMb: 4096,
    signal,
  })
  signal?.throwIfAborted()
  const exited = exitOf(ending)
  if (typeof exited === 'string') return `'${command}' ${exited}`
  return exited.code === 0 ? undefined : `'${command}' failed (exit ${exited.code}): ${lastWords(exited)}`
}
