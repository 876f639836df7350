// Recording
//
// Owns:   the record of one answered question, and the port to the place where recordings are stored.
//
// K1. A changed recording is noticed: its seal is a digest of question and answer.

import { z } from 'zod'
import { modelResultSchema } from '../../machines/index.ts'
import { digestOf, sorted } from './canonical.ts'

const recordingSchema = z.object({
  /** When it was recorded, milliseconds since the Unix epoch: their order. */
  at: z.number(),
  chain: z.array(z.string()),
  /** Of the request; its pieces are parts of the store. */
  hash: z.string(),
  system: z.string(),
  tools: z.string(),
  frame: z.string(),
  turns: z.array(z.string()),
  /** Whose words they are: the task, its attempt, the kind. Absent in older ones, as the seal. */
  conversation: z.string().optional(),
  seal: z.string().optional(),
  /** Never a pause, and without a price. */
  answer: modelResultSchema,
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

/** A recording that was changed after it was written. */
export class AlteredRecording extends Error {
  readonly code = 'ALTERED_RECORDING'

  constructor(key: string, what: string) {
    super(`the recorded reply ${key} ${what}`)
  }
}

/** Digest of question and answer (K1). */
export function sealOf({ hash, answer }: { readonly hash: unknown; readonly answer: unknown }): string {
  return digestOf(JSON.stringify(sorted({ hash, answer })))
}

/** Reads a recording; undefined when there is none of this key. */
export async function recordingOf(store: ReplyStore, key: string): Promise<Recording | undefined> {
  const value = await store.get(key)
  if (value === undefined) return undefined
  const recording = recordingSchema.safeParse(value)
  if (!recording.success)
    throw new AlteredRecording(key, `cannot be read: ${z.prettifyError(recording.error)}`)
  const { seal, conversation } = recording.data
  if (seal !== undefined && seal !== sealOf(value as Recording))
    throw new AlteredRecording(
      conversation === undefined ? key : `${key} (${conversation})`,
      'was altered: it is not what was written down then',
    )
  return recording.data as Recording
}
