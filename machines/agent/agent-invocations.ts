// Agent invocations
//
// The invocations of an agent: names, inputs and outputs. Texts stay in the transcript; inputs and outputs only name
// them.
// Leaves: carrying them out (agents/), what follows (agent.ts).
//
// An output is parsed with its schema before a machine sees it. Expected failures are outputs; an error means that the
// invocation could not run.

import { z } from 'zod'
import type { BudgetAccount } from '../budget/budget-mail.ts'
import { declared } from '../declare.ts'
import { type StopReason, stopReasonSchema } from '../models/model-call.ts'
import { modelResultSchemaOf, priceShape } from '../models/model-result.ts'
import type { Role } from '../models/model-settings.ts'
import { usageSchema } from '../models/usage.ts'
import type { RepositorySnapshot } from '../repository-snapshot.ts'
import type { AgentKind } from './agent-kinds.ts'

const digest = z.string().min(1)
const amount = z.int().nonnegative()
/** Duration in milliseconds. */
const ms = z.number().nonnegative()

export const calledSchema = z.object({
  id: z.string().min(1),
  name: z.string(),
  /** Digest of its normalised arguments. */
  print: z.string(),
  /** It must not be carried out: cut off, or not JSON. */
  broken: z.boolean(),
  /** What the call costs; absent: nothing. */
  microdollars: amount.exactOptional(),
  /** It runs a command of the user's or the repository's; absent: only the tool `run` does. */
  computes: z.boolean().exactOptional(),
})
export type ReplyCall = z.infer<typeof calledSchema>

/**
 * Where the cost of an agent command comes from: its own report, its price for the time, or nothing: then all that it
 * was allowed to cost is counted.
 */
export const commandCostSchema = z.enum(['reported', 'by_time', 'unknown'])
export type CommandCost = z.infer<typeof commandCostSchema>

/** The most that an agent command may use for one prompt. */
export interface CommandAllowance {
  readonly tokens: number
  readonly microdollars: number
  readonly ms: number
}

/** A reply whose turn is in the transcript. */
const storedReplySchema = z.object({
  /** Ends with the model's turn. */
  head: digest,
  stop: stopReasonSchema,
  calls: z.array(calledSchema),
  /** The beginning of its text. */
  text: z.string(),
  /** Tokens of the conversation with this reply. */
  size: amount,
  usage: usageSchema,
})

export const agentOutputSchemas = {
  /** Writes the first turn. */
  begin: z.object({
    head: digest,
    /** Upper estimate of the tokens of the first request. */
    size: amount,
    tree: z.string(),
    /** Paths of the repository's rules that it has. */
    rules: z.array(z.string()).exactOptional(),
    ms,
  }),
  /** Asks the model, or lets an agent command work. */
  think: z.intersection(
    modelResultSchemaOf(storedReplySchema),
    priceShape.extend({ ms, cost: commandCostSchema.exactOptional() }),
  ),
  /** Carries out one call of the last reply. */
  act: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('acted'),
      /** Ends with the user's turn, with the results so far. */
      answers: digest,
      failed: z.boolean(),
      /** Digest of the normalised result. */
      print: z.string(),
      tree: z.string(),
      /** Tokens that the result adds. */
      size: amount,
      ms,
    }),
    z.object({ kind: z.literal('submitted'), answers: digest, answer: z.unknown(), ms }),
    z.object({ kind: z.literal('gave_up'), answers: digest, reason: z.string(), ms }),
  ]),
  /** Shortens the conversation, or resets it to its notes and calls. */
  compact: z.object({ head: digest, size: amount, ms, usage: usageSchema, microdollars: amount }),
} as const

export type AgentInvocationName = keyof typeof agentOutputSchemas
export type AgentInvocationOutput<Name extends AgentInvocationName> = z.infer<
  (typeof agentOutputSchemas)[Name]
>

/** The agent that an invocation is made for. */
export interface AgentOrder {
  readonly site: RepositorySnapshot
  readonly account: BudgetAccount
  readonly kind: AgentKind
  readonly role: Role
  /** The model to ask first. */
  readonly prefer?: string
  /** The name of the agent command that works in place of a model. */
  readonly command?: string
}

export interface AgentInvocationInputs {
  readonly begin: {
    readonly order: AgentOrder
    readonly brief: string
    /** Failures of the earlier attempts. */
    readonly failures: readonly string[]
  }
  readonly think: {
    readonly order: AgentOrder
    readonly head: string
    /** The machine's words for the model; short. */
    readonly say: string | null
    /** A model that should not be asked this time, if there is another. */
    readonly avoid: string | null
    readonly outputTokens: number
    /** The budget's reservation for it. */
    readonly reservation: string
    /** Of an agent command. */
    readonly allowance?: CommandAllowance
  }
  readonly act: {
    readonly order: AgentOrder
    /** Ends with the reply that the call is in. */
    readonly head: string
    /** The same with the results so far; null before the first. */
    readonly answers: string | null
    readonly call: string
    /** The tree before the call, and at the agent's start. */
    readonly tree: string
    readonly firstTree: string
  }
  readonly compact: {
    readonly order: AgentOrder
    readonly head: string
    readonly how: 'shorten' | 'reset'
    /** Tokens that may be left. */
    readonly target: number
    readonly reservation: string
  }
}
export type AgentInvocationInput<Name extends AgentInvocationName> = AgentInvocationInputs[Name]

export type ThinkResult = AgentInvocationOutput<'think'>
export type ActResult = AgentInvocationOutput<'act'>
export type ThinkReply = Extract<ThinkResult, { kind: 'replied' }>
export type { StopReason }

/** An invocation by name, for `setup({ actors })`. */
export function agentInvocation<Name extends AgentInvocationName>(_name: Name) {
  return declared<AgentInvocationOutput<Name>, AgentInvocationInput<Name>>()
}
