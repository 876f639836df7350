// Model result
//
// The result of a model call: one type from the vendor's answer to the agent's machine. Each layer adds its fields: the
// asker `lost`, the owner of the prices `microdollars`.
// Leaves: requests, replies and failures (model-call.ts), prices (usage.ts).

import { z } from 'zod'
import { modelFailureSchema, modelReplySchema } from './model-call.ts'
import { addUsage, noUsage, type Usage, usageSchema } from './usage.ts'

/** A try that took tokens and gave no reply. */
const lostTrySchema = z.object({ model: z.string(), usage: usageSchema })
export type LostTry = z.infer<typeof lostTrySchema>

/** `reply` says what is kept of a reply: all of it, or names of what is stored elsewhere. */
export function modelResultSchemaOf<Reply extends z.ZodType<{ usage: Usage }>>(reply: Reply) {
  const common = {
    /** `provider/model`: the one that replied, that was asked last, or that is paused. */
    model: z.string(),
    /** The tries before the last; absent before the asker. */
    lost: z.array(lostTrySchema).exactOptional(),
    /** Of all tries; absent before a price is known. */
    microdollars: z.int().nonnegative().exactOptional(),
  }
  return z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('replied'), ...common, reply }),
    /** Its remedy (`remedyOf`) says what to do; all tries that made sense were made. */
    z.object({ kind: z.literal('failed'), ...common, failure: modelFailureSchema }),
    /** No model of the chain may be asked for now, by anybody. */
    z.object({
      kind: z.literal('paused'),
      ...common,
      message: z.string(),
      /** Absent: until somebody resumes it. */
      retryAfterMs: z.number().nonnegative().exactOptional(),
    }),
  ])
}

export const modelResultSchema = modelResultSchemaOf(modelReplySchema)
export type ModelResult = z.infer<typeof modelResultSchema>

/** What a result has from there on where prices are known. */
export const priceShape = z.object({ microdollars: z.int().nonnegative() })
export const pricedResultSchema = z.intersection(modelResultSchema, priceShape)
export type PricedResult = z.infer<typeof pricedResultSchema>

/** Of which only the usage of the reply is read. */
type AnyResult =
  | Exclude<ModelResult, { kind: 'replied' }>
  | (Omit<ModelResult & { kind: 'replied' }, 'reply'> & { readonly reply: { readonly usage: Usage } })

/** Each try that took tokens, the last one included. */
export function paidTries(result: AnyResult): LostTry[] {
  const { model, lost = [] } = result
  const last =
    result.kind === 'replied'
      ? result.reply.usage
      : result.kind === 'failed'
        ? result.failure.usage
        : undefined
  return last === undefined ? [...lost] : [...lost, { model, usage: last }]
}

/** What all tries took together. */
export function spendingOf(result: AnyResult & { readonly microdollars: number }): {
  readonly usage: Usage
  readonly microdollars: number
} {
  const usage = paidTries(result).reduce((sum, each) => addUsage(sum, each.usage), noUsage)
  return { usage, microdollars: result.microdollars }
}
