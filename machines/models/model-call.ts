// Model call
//
// Owns:   what a model is asked, what it answers, and the closed set of ways in which that fails.
// Leaves: the vendors' protocols (providers/), what follows from a failure (governor.ts, agent.ts).
//
// L1. A reply holds no call that could not be read whole: such a call has a `problem` and is not carried out.
// L2. Each failure says what to do about it; nobody decides by its message.

import { z } from 'zod'
import { blockSchema, type Turn, turnSchema } from './conversation.ts'
import { usageSchema } from './usage.ts'

export interface Tool {
  readonly name: string
  readonly description: string
  /** JSON schema of an object. */
  readonly input: Readonly<Record<string, unknown>>
}

export interface ModelRequest {
  readonly system: string
  readonly tools: readonly Tool[]
  /** Legal by `problemsOf`. */
  readonly turns: readonly Turn[]
  readonly maxOutputTokens: number
  /** `none`: tools are told of but must not be called. */
  readonly toolChoice?: 'auto' | 'any' | 'none'
  /** JSON schema of the answer; the answer is still to be checked. */
  readonly answer?: { readonly name: string; readonly schema: Readonly<Record<string, unknown>> }
  /** Requests with the same beginning share a vendor's cache by it. */
  readonly cacheKey?: string
}

/** A request as it comes from elsewhere. */
export const modelRequestSchema: z.ZodType<ModelRequest> = z.object({
  system: z.string(),
  tools: z.array(
    z.object({ name: z.string(), description: z.string(), input: z.record(z.string(), z.unknown()) }),
  ),
  turns: z.array(turnSchema).min(1),
  maxOutputTokens: z.int().positive(),
  toolChoice: z.enum(['auto', 'any', 'none']).exactOptional(),
  answer: z.object({ name: z.string(), schema: z.record(z.string(), z.unknown()) }).exactOptional(),
  cacheKey: z.string().exactOptional(),
})

export const stopReasonSchema = z.enum([
  /** It said what it wanted to say. */
  'end',
  'tool_calls',
  /** It reached `maxOutputTokens`; calls that were cut off have a `problem`. */
  'length',
  'refused',
  /** The vendor wants the same conversation again to go on. */
  'paused',
])
export type StopReason = z.infer<typeof stopReasonSchema>

export const modelReplySchema = z.object({
  /** Who answered: `provider/model`. */
  by: z.string(),
  blocks: z.array(blockSchema),
  stop: stopReasonSchema,
  usage: usageSchema,
})
export type ModelReply = z.infer<typeof modelReplySchema>

/** L2. */
export const failureKindSchema = z.enum([
  /** Once more, later: 429, 529, 408, 409, 5xx, a cut or stalled answer. */
  'rate_limited',
  'overloaded',
  'timed_out',
  'unreachable',
  'server_fault',
  'garbled',
  /** Not again within this window, whoever asks: money or quota is used up. Pauses the pool. */
  'out_of_quota',
  /** Never again like this, with this model: try another one. */
  'unauthorized',
  'unknown_model',
  /** Never again like this: the conversation must become shorter, or another. */
  'too_long',
  'bad_request',
  'aborted',
])
export type FailureKind = z.infer<typeof failureKindSchema>

export const modelFailureSchema = z.object({
  kind: failureKindSchema,
  message: z.string(),
  /** What the vendor asked to wait, in milliseconds. */
  retryAfterMs: z.number().nonnegative().optional(),
  status: z.int().optional(),
  requestId: z.string().optional(),
  /** What was taken before it failed: as the vendor said, or at most as it may have been; absent: nothing. */
  usage: usageSchema.optional(),
})
export type ModelFailure = z.infer<typeof modelFailureSchema>

/** One of a vendor's limits: how much is left of it, and in how many milliseconds all of it is back. */
export interface RateLimit {
  readonly of: 'requests' | 'tokens' | 'input_tokens' | 'output_tokens'
  readonly limit: number
  readonly remaining: number
  readonly resetMs: number
}

export type ModelOutcome =
  | { readonly kind: 'replied'; readonly reply: ModelReply; readonly limits: readonly RateLimit[] }
  | { readonly kind: 'failed'; readonly failure: ModelFailure; readonly limits: readonly RateLimit[] }

/** What is to be done about a failure (L2). */
export function remedyOf(kind: FailureKind): 'again' | 'pause' | 'another_model' | 'shorten' | 'give_up' {
  switch (kind) {
    case 'rate_limited':
    case 'overloaded':
    case 'timed_out':
    case 'unreachable':
    case 'server_fault':
    case 'garbled':
      return 'again'
    case 'out_of_quota':
      return 'pause'
    case 'unauthorized':
    case 'unknown_model':
      return 'another_model'
    case 'too_long':
      return 'shorten'
    case 'bad_request':
    case 'aborted':
      return 'give_up'
    default:
      return kind satisfies never
  }
}
