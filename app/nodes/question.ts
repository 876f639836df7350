// Question
//
// Owns:   what of a model call travels between a node and the process that has the keys: the question, what came of it,
//         and how either is wrapped.
// Leaves: asking (away-models.ts), answering (questions.ts).
//
// T1. Neither names a key or where a model is: a question names a role, an answer who said it.
// T2. A payload too large for a message travels as an object, and is complete or absent.

import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { AskOrder } from '../../agents/index.ts'
import { MAX_JSON_VALUES, parseJson } from '../../kernel/index.ts'
import { modelRequestSchema, roleSchema } from '../../machines/index.ts'
import type { Connection, Objects } from '../../transport/index.ts'
import { fetchText, sendText } from './object-files.ts'

export type ModelCallRequest = Omit<AskOrder, 'key' | 'signal'> & { readonly reservation: string }

export const questionSchema: z.ZodType<ModelCallRequest> = z.object({
  role: roleSchema,
  request: modelRequestSchema,
  reservation: z.string().min(1).max(2_000),
  prefer: z.string().exactOptional(),
  avoid: z.string().exactOptional(),
})

/** JSON as text, in the message or as an object of this name (T2). */
export const payloadSchema = z.union([
  z.object({ text: z.string() }),
  z.object({ object: z.string().min(1) }),
])
export type Payload = z.infer<typeof payloadSchema>

export interface Payloads {
  wrap(name: string, value: unknown): Promise<Payload>
  unwrap<T>(payload: Payload, schema: z.ZodType<T>): Promise<T>
  /** It was taken, or nobody will take it. */
  discard(payload: Payload): Promise<void>
}

const MOST_INLINE = 128 * 1024

/** Over this connection. */
export function openPayloads(objects: Objects, { maxPayload }: Pick<Connection, 'maxPayload'>): Payloads {
  // As a string within JSON it is up to twice as long; and something stands around it.
  const most = Math.min(MOST_INLINE, Math.floor(maxPayload / 2) - 1_024)
  return {
    async wrap(name, value) {
      const text = JSON.stringify(value)
      if (Buffer.byteLength(text) <= most) return { text }
      await sendText(objects, name, text)
      return { object: name }
    },
    async unwrap(payload, schema) {
      const text = 'text' in payload ? payload.text : await fetchText(objects, payload.object)
      return schema.parse(parseJson(text, MAX_JSON_VALUES))
    },
    async discard(payload) {
      // What stays is removed with all objects when the run is over.
      if ('object' in payload) await objects.delete(payload.object).catch(() => {})
    },
  }
}

/** Names an object after the call that it is of. */
export function objectOf(what: 'question' | 'answer', key: string): string {
  return `${what}/${createHash('sha256').update(key).digest('hex')}`
}
