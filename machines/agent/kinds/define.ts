// Define an agent kind
//
// Says what makes a kind of agent: its prompt, model, tools, limits and answer, what it may change, and which kind helps
// it.
// Leaves: the kinds themselves (one file each), the rules for all kinds (agents/prompts/), judging the work (gates/).
//
// An answer is a claim: it only decides what is examined next.
// W2. An answer is refused in sentences that the model can act on.

import { z } from 'zod'
import type { Role } from '../../models/model-settings.ts'

export const agentLimitsSchema = z.object({
  /** Replies of a model. */
  steps: z.int().positive(),
  /** All tokens in and out, cached or not. */
  tokens: z.int().positive(),
  microdollars: z.int().nonnegative(),
  /** Milliseconds at work; waiting for the budget does not count. */
  ms: z.int().positive(),
  /** Of one reply. */
  outputTokens: z.int().positive(),
  /** Tokens that the smallest model of the chain can hold. */
  window: z.int().positive(),
})
export type AgentLimits = z.infer<typeof agentLimitsSchema>

export interface AgentKindDefinition<Answer extends z.ZodType, Helper extends string | null> {
  /** What an agent of this kind is told before its task. */
  readonly prompt: string
  /** Whose chain of models it asks. */
  readonly role: Role
  /** Its tools beside its own `note` and `submit`: all of the toolbox, or those that only read. */
  readonly tools: 'all' | 'reading'
  /** Steps without a change in the worktree before it counts as stuck; null: it does not change files. */
  readonly patience: number | null
  readonly limits: Omit<AgentLimits, 'window'>
  /** The shape of the input of `submit`. */
  readonly answer: Answer
  /** Why an answer of that shape is refused nevertheless (W2). `changed`: the worktree differs from the start. */
  problems?(answer: z.output<Answer>, changed: boolean): readonly string[]
  /** Files it may change although its task does not name them (gate `scope`). */
  readonly writes: 'any' | 'tests' | 'documents' | 'nothing'
  /** Its change must alter code, not only comments or documents (gate `substance`). */
  readonly changesCode: boolean
  /** It may remove and rename tests that its task names (gate `integrity`). */
  readonly replacesTests: boolean
  /** Its change must bring a test that fails without it, and fails for the right reason (gate `proof`). */
  readonly provesFix: boolean
  /** Tries the task after this kind failed; null: no other kind does. */
  readonly helper: Helper
}

export type AnswerJudgement =
  | { readonly kind: 'accepted'; readonly answer: unknown }
  /** W2. */
  | { readonly kind: 'refused'; readonly reasons: readonly string[] }
  /** The agent says that the task cannot be done. */
  | { readonly kind: 'cannot'; readonly reason: string }

export interface AgentKindRecord<Helper extends string | null = string | null>
  extends Omit<AgentKindDefinition<z.ZodType, Helper>, 'problems'> {
  /** Never throws, for any input from a model. */
  judge(given: unknown, changed: boolean): AnswerJudgement
}

export function defineAgentKind<Answer extends z.ZodType, const Helper extends string | null>({
  problems,
  ...definition
}: AgentKindDefinition<Answer, Helper>): AgentKindRecord<Helper> & { readonly answer: Answer } {
  return {
    ...definition,
    prompt: definition.prompt.trim(),
    judge(given, changed) {
      const read = definition.answer.safeParse(given)
      if (!read.success) return { kind: 'refused', reasons: read.error.issues.map(issueText) }
      const cannot = cannotSchema.safeParse(read.data)
      if (cannot.success) return { kind: 'cannot', reason: cannot.data.summary }
      const reasons = problems?.(read.data, changed) ?? []
      return reasons.length > 0 ? { kind: 'refused', reasons } : { kind: 'accepted', answer: read.data }
    },
  }
}

const cannotSchema = z.object({ outcome: z.literal('cannot'), summary: z.string() })

function issueText({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`
}

/** A field of an answer in words. */
export const sentence = z.string().trim().min(1).max(2_000)

/** The fields of every kind that changes files. */
export const workAnswer = {
  /** `cannot`: the task cannot be done as it is; `summary` says why. */
  outcome: z.enum(['done', 'nothing_to_do', 'cannot']),
  summary: sentence,
}

/** Whether the outcome agrees with the worktree. */
export function outcomeProblems({ outcome }: { readonly outcome: string }, changed: boolean): string[] {
  if (outcome === 'done' && !changed)
    return ['nothing in the worktree is changed: do the work, or say nothing_to_do or cannot, and why']
  if (outcome === 'nothing_to_do' && changed)
    return ['the worktree is changed: take the changes back, or say done']
  return []
}

const minute = 60_000
const dollar = 1_000_000

/** For kinds that change files. */
export const writing = {
  role: 'coding',
  tools: 'all',
  patience: 20,
  limits: { steps: 80, tokens: 4_000_000, microdollars: 5 * dollar, ms: 60 * minute, outputTokens: 8_000 },
  changesCode: false,
  replacesTests: false,
  provesFix: false,
} as const

/** For kinds that only read and answer. */
export const reading = {
  role: 'coding',
  tools: 'reading',
  patience: null,
  limits: { steps: 30, tokens: 1_000_000, microdollars: 2 * dollar, ms: 20 * minute, outputTokens: 8_000 },
  writes: 'nothing',
  changesCode: false,
  replacesTests: false,
  provesFix: false,
  helper: null,
} as const
