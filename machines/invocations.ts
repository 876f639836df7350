// Invocations
//
// Owns:   everything the development system asks of the world: the names, what goes in, what comes out.
// Leaves: carrying it out (workspace/, providers/; put together in app/).
//
// I1. An output is parsed with its schema before a machine sees it; an input holds no more than is needed.
// I2. What can be expected to go wrong is an output (`refused`, `failed`, `rejected`); an error means that
//     the invocation itself could not be carried out.

import { z } from 'zod'
import { declared } from './declare.ts'
import { judgementSchema } from './merge-queue/judgement.ts'
import type { Line, Site } from './site.ts'
import {
  type AcceptCheck,
  type Milestone,
  measurementSchema,
  type Submission,
  submissionSchema,
  surveySchema,
  type Task,
} from './work.ts'

/** Milliseconds that it took, nearly all of them in the sandbox; absent in what was said before anybody counted. */
const ms = z.number().nonnegative().optional()

export const outputSchemas = {
  /** Looks at the repository and measures it; changes nothing. */
  survey: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('surveyed'), survey: surveySchema, ms }),
    z.object({ kind: z.literal('refused'), reason: z.string().min(1), ms }),
  ]),
  /** Makes the milestone's branch, or finds it again. */
  open: z.object({ branch: z.string().min(1), base: z.string() }),
  /** Runs the tests at the tip of a line. */
  measure: measurementSchema.extend({ ms }),
  /** Runs a milestone's acceptance commands at the tip of its line; what failed is a finding. */
  accept: z.object({ findings: z.array(z.string()), ms }),
  /** Makes a worktree for an attempt, at the tip of its line. */
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
  /** Makes a commit of the files. */
  submit: submissionSchema,
  /** Makes a commit of all that an agent left in its worktree. */
  collect: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('collected'), submission: submissionSchema }),
    z.object({ kind: z.literal('refused'), reasons: z.array(z.string()) }),
  ]),
  /** Removes an attempt's worktree, if there is one. */
  release: z.unknown(),
  /** Judges a stack of submissions once, and brings it onto its line if the gates let it pass. */
  integrate: judgementSchema,
  /** Removes what is left of the work on these lines; the branches stay. */
  close: z.unknown(),
} as const

export type InvocationName = keyof typeof outputSchemas
export type InvocationOutput<Name extends InvocationName> = z.infer<(typeof outputSchemas)[Name]>

/** The attempt that an invocation is made for. */
export interface AttemptInput {
  readonly site: Site
  readonly line: Line
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
    readonly site: Site
    readonly milestone: Milestone
    /** The branch to grow from; null: the commit that was surveyed. */
    readonly from: string | null
  }
  readonly measure: { readonly site: Site; readonly line: Line }
  readonly accept: { readonly site: Site; readonly line: Line; readonly commands: readonly AcceptCheck[] }
  readonly prepare: AttemptInput & {
    /** What the attempt before handed in. */
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
    readonly site: Site
    readonly line: Line
    /** In the order in which they are put onto the line's tip. */
    readonly stack: readonly {
      readonly task: Task
      readonly attempt: number
      readonly submission: Submission
    }[]
  }
  readonly close: { readonly site: Site | null; readonly lines: readonly Line[] }
}

export type InvocationInput<Name extends InvocationName> = InvocationInputs[Name]

/** An invocation by its name, for `setup({ actors })`. */
export function invocation<Name extends InvocationName>(_name: Name) {
  return declared<InvocationOutput<Name>, InvocationInput<Name>>()
}
