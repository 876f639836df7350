// Invocations
//
// The invocations of the development system: names, inputs and outputs.
// Leaves: carrying them out (workspace/, providers/; connected in app/).
//
// An output is parsed with its schema before a machine sees it. An input holds only the fields that are needed.
// Expected failures are outputs (`refused`, `failed`, `rejected`); an error means that the invocation could not run.

import { z } from 'zod'
import { declared } from './declare.ts'
import { judgementSchema } from './merge-queue/judgement.ts'
import type { MilestoneBranchRef, RepositorySnapshot } from './repository-snapshot.ts'
import { deliverySchema } from './supervisor/report.ts'
import {
  type AcceptCheck,
  type Milestone,
  measurementSchema,
  type Submission,
  submissionSchema,
  surveySchema,
  type Task,
} from './work.ts'

/** Duration in milliseconds, nearly all of it in the sandbox; absent where it is not measured. */
const ms = z.number().nonnegative().optional()

export const outputSchemas = {
  /** Surveys the repository and measures its coverage; changes nothing. */
  survey: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('surveyed'), survey: surveySchema, ms }),
    z.object({ kind: z.literal('refused'), reason: z.string().min(1), ms }),
  ]),
  /** Creates the milestone's branch, or finds it again. */
  open: z.object({ branch: z.string().min(1), base: z.string() }),
  /** Runs the tests at the tip of the milestone's branch. */
  measure: measurementSchema.extend({ ms }),
  /** Runs a milestone's acceptance commands at the tip of its branch; each failure is a finding. */
  accept: z.object({ findings: z.array(z.string()), ms }),
  /** Creates a worktree for an attempt, at the tip of the milestone's branch. */
  prepare: z.object({ worktree: z.string().min(1), commit: z.string() }),
  /** Writes tests; they are not in the worktree yet. */
  write: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('written'),
      files: z.array(z.object({ path: z.string().min(1), source: z.string() })),
      cases: z.int().nonnegative(),
    }),
    z.object({ kind: z.literal('nothing'), reason: z.string() }),
    z.object({ kind: z.literal('failed'), reason: z.string() }),
  ]),
  /** Commits the given files. */
  submit: submissionSchema,
  /** Commits every change that an agent made in its worktree. */
  collect: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('collected'), submission: submissionSchema }),
    z.object({ kind: z.literal('refused'), reasons: z.array(z.string()) }),
  ]),
  /** Removes an attempt's worktree, if there is one. */
  release: z.unknown(),
  /** Judges a batch of submissions once and merges it into the branch if the gates pass. */
  integrate: judgementSchema,
  /** Copies the milestone branches to the user's repository, and removes all worktrees. */
  close: z.object({
    deliveries: z.array(deliverySchema),
    /** What could not be removed. */
    untidy: z.string().optional(),
  }),
} as const

export type InvocationName = keyof typeof outputSchemas
export type InvocationOutput<Name extends InvocationName> = z.infer<(typeof outputSchemas)[Name]>

/** The attempt that an invocation is made for. */
export interface AttemptInput {
  readonly site: RepositorySnapshot
  readonly line: MilestoneBranchRef
  readonly task: Task
  readonly attempt: number
}

export interface WrittenFile {
  readonly path: string
  readonly source: string
}

export interface InvocationInputs {
  readonly survey: { readonly repository: string }
  readonly open: {
    readonly site: RepositorySnapshot
    readonly milestone: Milestone
    /** Branch to start from; null: the commit that was surveyed. */
    readonly from: string | null
  }
  readonly measure: { readonly site: RepositorySnapshot; readonly line: MilestoneBranchRef }
  readonly accept: {
    readonly site: RepositorySnapshot
    readonly line: MilestoneBranchRef
    readonly commands: readonly AcceptCheck[]
  }
  readonly prepare: AttemptInput & {
    /** Commit of the previous attempt. */
    readonly carry?: string | undefined
  }
  readonly write: AttemptInput & { readonly worktree: string; readonly failures: readonly string[] }
  readonly submit: AttemptInput & {
    readonly worktree: string
    readonly files: readonly WrittenFile[]
    readonly cases: number
  }
  readonly collect: AttemptInput & { readonly worktree: string }
  readonly release: AttemptInput & { readonly worktree: string | null }
  readonly integrate: {
    readonly site: RepositorySnapshot
    readonly line: MilestoneBranchRef
    /** In the order in which they are put onto the branch's tip. */
    readonly stack: readonly {
      readonly task: Task
      readonly attempt: number
      readonly submission: Submission
    }[]
  }
  readonly close: { readonly site: RepositorySnapshot | null; readonly lines: readonly MilestoneBranchRef[] }
}

export type InvocationInput<Name extends InvocationName> = InvocationInputs[Name]

/** An invocation by name, for `setup({ actors })`. */
export function invocation<Name extends InvocationName>(_name: Name) {
  return declared<InvocationOutput<Name>, InvocationInput<Name>>()
}
