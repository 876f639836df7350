// Model call
//
// A request to a model, its reply, and the closed set of failures.
// Leaves: what a call came to (model-result.ts), the vendors' protocols (providers/), the reaction to a failure (governor.ts, agent.ts).
//
// A call that could not be read whole has a `problem` and is not carried out.
// L2. Each failure names its remedy; no decision depends on its message.

import { z } from 'zod'
import { blockSchema, type Turn, turnSchema } from './conversation.ts'
import { usageSchema } from './usage.ts'

export interface ModelTool {
  readonly name: string
  readonly description: string
  /** JSON schema of an object. */
  readonly input: Readonly<Record<string, unknown>>
}

export interface ModelRequest {
  readonly system: string
  readonly tools: readonly ModelTool[]
  /** Legal by `problemsOf`. */
  readonly turns: readonly Turn[]
  readonly maxOutputTokens: number
  /** `none`: tools are listed but must not be called. */
  readonly toolChoice?: 'auto' | 'any' | 'none'
  /** JSON schema of the answer; the caller still has to check the answer. */
  readonly answer?: { readonly name: string; readonly schema: Readonly<Record<string, unknown>> }
  /** Requests with the same beginning share a vendor's cache through this key. */
  readonly cacheKey?: string
}

/** A request from another node. */
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
  /** It finished its reply. */
  'end',
  'tool_calls',
  /** It reached `maxOutputTokens`; calls that were cut off have a `problem`. */
  'length',
  'refused',
  /** The vendor expects the same conversation again and then goes on. */
  'paused',
])
export type StopReason = z.infer<typeof stopReasonSchema>

export const modelReplySchema = z.object({
  blocks: z.array(blockSchema),
  stop: stopReasonSchema,
  usage: usageSchema,
})
export type ModelReply = z.infer<typeof modelReplySchema>

/** L2. */
export const failureKindSchema = z.enum([
  /** Send again later: 429, 529, 408, 409, 5xx, a cut or stalled answer. */
  'rate_limited',
  'overloaded',
  'timed_out',
  'unreachable',
  'server_fault',
  'garbled',
  /** Send nothing within this window, for any caller: money or quota is used up. Pauses the pool. */
  'out_of_quota',
  /** Never send this to the same model: try another one. */
  'unauthorized',
  'unknown_model',
  /** Never send this again: the conversation must become shorter or change. */
  'too_long',
  'bad_request',
  'aborted',
])
export type FailureKind = z.infer<typeof failureKindSchema>

export const modelFailureSchema = z.object({
  kind: failureKindSchema,
  message: z.string(),
  /** Pause that the vendor asked for, in milliseconds. */
  retryAfterMs: z.number().nonnegative().optional(),
  status: z.int().optional(),
  /** Of `too_long`: tokens that the model holds, as its server told. */
  window: z.int().positive().optional(),
  requestId: z.string().optional(),
  /** Usage before the failure: the vendor's count, or the most it can have been; absent: nothing. */
  usage: usageSchema.optional(),
})
export type ModelFailure = z.infer<typeof modelFailureSchema>

/** One of a vendor's limits: the rest of it, and in how many milliseconds it is full again. */
export interface RateLimit {
  readonly of: 'requests' | 'tokens' | 'input_tokens' | 'output_tokens'
  readonly limit: number
  readonly remaining: number
  readonly resetMs: number
}

/** The remedy for a failure (L2). */
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
