// Replies
//
// Owns:   recorded replies of models, under the idempotency keys of the effects that asked for them.
// Leaves: the shape of a recording (providers/cassettes/).
//
//     reply!<key>       a recording
//     part!<digest>     a part of a question; recordings name the parts that they share
//
// A recording and the parts it names are one batch: a stored recording can be read whole. Recordings are deleted with
// their store.

import { z } from 'zod'
import type { Operation } from './database.ts'
import { decodeAs, put } from './json.ts'
import { keyOf } from './keys.ts'

/** The part of a store that holds recorded replies. */
export interface Replies {
  get(key: string): Promise<unknown>
  /** Resolves when it is durable. A later recording of the same key replaces it. */
  put(key: string, recording: unknown, parts: ReadonlyMap<string, string>): Promise<void>
  part(digest: string): Promise<string | undefined>
  keys(): AsyncIterable<string>
}

export const replyRows = 'reply'
const partRows = 'part'

export function replyKey(key: string): string {
  return keyOf(replyRows, key)
}

export function partKey(digest: string): string {
  return keyOf(partRows, digest)
}

/** `has`: whether a part is stored already; such a part is not written again. */
export function replyOperations(
  key: string,
  recording: unknown,
  parts: ReadonlyMap<string, string>,
  has: (key: string) => boolean,
): Operation[] {
  const named = [...parts].map(([digest, text]) => put(partKey(digest), text))
  return [...named.filter(([row]) => !has(row)), put(replyKey(key), recording)]
}

export function partOf(digest: string, text: string): string {
  return decodeAs(z.string(), partKey(digest), text)
}
