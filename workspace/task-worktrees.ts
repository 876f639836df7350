// Task worktrees
//
// The checkout of each task: prepared at a commit, changed by commands in the sandbox, committed, removed.
// Leaves: each step to its file.

import type { Submission } from '../machines/index.ts'
import { carriedOnto, unstage } from './carry.ts'
import { type CollectOrder, collect } from './collect.ts'
import { readableWith } from './dependencies.ts'
import { inWorktree } from './in-worktree.ts'
import { named } from './order-names.ts'
import type { WorkspaceParts } from './parts.ts'
import type { Command, CommandEnding } from './sandbox/sandbox.ts'
import { type SubmitOrder, submit, taskWorktree } from './submit.ts'
import { keptSurvey, type SurveyOf } from './survey-record.ts'
import { prepareWorktree, releaseWorktree, type Worktree, worktreePath } from './worktree.ts'
import { makeRepository } from './worktree-repository.ts'

export interface TaskRef {
  readonly milestone: string
  readonly task: string
}

export interface CommandOrder extends TaskRef, Omit<Command, 'cwd' | 'writable'> {
  readonly survey: SurveyOf
}

export interface PrepareOrder extends TaskRef {
  readonly survey: SurveyOf
  readonly commit: string
  /** The submission of an earlier attempt; the new one continues it if it still fits. */
  readonly carry?: string | undefined
  /** The same, already fitted onto the commit by the home (exchange). */
  readonly carried?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Every call may be repeated after a crash, and throws `WorkspaceError` (`bad_name`) for an invalid name. */
export interface TaskWorktrees {
  /** A new checkout for a task; an earlier one of the same task is removed. */
  prepareWorktree(order: PrepareOrder): Promise<Worktree>
  /** Runs a command in a task's worktree, in the sandbox. */
  run(order: CommandOrder): Promise<CommandEnding>
  /** A commit of named files, unjudged. */
  submit(order: SubmitOrder): Promise<Submission>
  /** A commit of all differences in a task's worktree, unjudged. */
  collect(order: CollectOrder): Promise<Submission>
  releaseWorktree(order: TaskRef): Promise<void>
}

export function openTaskWorktrees(parts: WorkspaceParts): TaskWorktrees {
  return {
    prepareWorktree: async (order) => prepare(parts, named(order)),
    run: async (order) => runInWorktree(parts, named(order)),
    submit: async (order) => submit(parts, named(order)),
    collect: async (order) => collect(parts, named(order)),
    releaseWorktree: async (order) => releaseWorktree(parts.places, taskWorktree(named(order))),
  }
}

async function prepare(parts: WorkspaceParts, order: PrepareOrder): Promise<Worktree> {
  const { clone, places, repository } = parts
  const { survey, commit, carry, signal } = order
  const { dependencies } = await keptSurvey(places, survey)
  const name = taskWorktree(order)
  const carried = order.carried ?? (carry && (await carriedOnto(parts, commit, { name, commit: carry })))
  const checkout = { name, commit: carried || commit, dependencies, repository, signal }
  const { path } = await prepareWorktree(clone, places, checkout)
  if (carried) {
    await unstage(parts, name, commit)
    await makeRepository(clone, places, { name, commit })
  }
  return { path, commit }
}

async function runInWorktree(parts: WorkspaceParts, order: CommandOrder): Promise<CommandEnding> {
  const { survey, milestone, task, ...command } = order
  const { dependencies } = await keptSurvey(parts.places, survey)
  const root = worktreePath(parts.places, taskWorktree({ milestone, task }))
  const readable = [...(await readableWith(parts.places, dependencies)), ...(command.readable ?? [])]
  return parts.sandbox.run({
    ...command,
    ...inWorktree(parts.places, root),
    readable,
  })
}
