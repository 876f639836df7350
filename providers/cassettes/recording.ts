// Recording
//
// Owns:   what is kept of one answered question, and the port to where recordings are kept.

import { z } from 'zod'
import { modelFailureSchema, modelReplySchema, usageSchema } from '../../machines/index.ts'

const lost = z.array(z.object({ model: z.string(), usage: usageSchema }))

export const recordingSchema = z.object({
  /** When it was recorded, milliseconds since the Unix epoch: their order. */
  at: z.number(),
  chain: z.array(z.string()),
  /** Of the request; its pieces are parts of the store. */
  hash: z.string(),
  system: z.string(),
  tools: z.string(),
  frame: z.string(),
  turns: z.array(z.string()),
  answer: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('replied'), reply: modelReplySchema, lost }),
    z.object({ kind: z.literal('failed'), model: z.string(), failure: modelFailureSchema, lost }),
  ]),
})
export type Recording = z.infer<typeof recordingSchema>

/** Where recordings are; a store's `replies()` is one. */
export interface ReplyStore {
  get(key: string): Promise<unknown>
  /** Resolves when it is durable, with all its parts. A later one of the same key takes its place. */
  put(key: string, recording: unknown, parts: ReadonlyMap<string, string>): Promise<void>
  part(digest: string): Promise<string | undefined>
  keys(): AsyncIterable<string>
}

/** Reads a recording; undefined when there is none of this key. */
export async function recordingOf(store: ReplyStore, key: string): Promise<Recording | undefined> {
  const value = await store.get(key)
  if (value === undefined) return undefined
  const recording = recordingSchema.safeParse(value)
  if (recording.success) return recording.data as Recording
  throw new Error(`the recorded reply ${key} cannot be read: ${z.prettifyError(recording.error)}`)
}
