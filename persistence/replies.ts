// Replies
//
// Owns:   what models answered, under the idempotency keys of the effects that asked; it was paid.
// Leaves: what a recording is (providers/cassettes/).
//
//     reply!<key>       a recording
//     part!<digest>     a piece of what was asked; recordings name those that they share
//
// R1. A recording and the parts it names are one batch: what is there can be read whole.
// R2. They go with their store, as all that was paid for.

import type { Operation } from './database.ts'
import { decode, put } from './json.ts'
import { keyOf } from './keys.ts'

/** The part of a store that holds recorded replies. */
export interface Replies {
  get(key: string): Promise<unknown>
  /** Resolves when it is durable. A later one of the same key takes its place. */
  put(key: string, recording: unknown, parts: ReadonlyMap<string, string>): Promise<void>
  part(digest: string): Promise<string | undefined>
  keys(): AsyncIterable<string>
}

export const replyRows = 'reply'
export const partRows = 'part'

export function replyKey(key: string): string {
  return keyOf(replyRows, key)
}

export function partKey(digest: string): string {
  return keyOf(partRows, digest)
}

/** `has`: parts that are there already are not written again. */
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
  return String(decode(partKey(digest), text))
}
