// JSON
//
// Owns:   encoding values as text and decoding them. A value that cannot be encoded is a bug of the writer; a text that
//         cannot be decoded is a fault of the store. Both errors name the key.

import { z } from 'zod'
import type { Operation } from './database.ts'
import { UnreadableRow } from './unreadable-row.ts'

export function encode(key: string, value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (error) {
    throw new TypeError(`'${key}' cannot be stored: ${(error as Error).message}`, { cause: error })
  }
  if (text === undefined) throw new TypeError(`'${key}' cannot be stored: it is not a JSON value`)
  return text
}

export function put(key: string, value: unknown): Operation {
  return [key, encode(key, value)]
}

export function decode(key: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UnreadableRow(key, (error as Error).message, error)
  }
}

/** Like `decode`, with a schema: for values whose wrong shape would crash code far from here. */
export function decodeAs<S extends z.core.$ZodType>(schema: S, key: string, text: string): z.infer<S> {
  const value = decode(key, text)
  const parsed = z.safeParse(schema, value)
  // Returns the parsed value itself: these schemas check the needed fields and drop no others.
  if (parsed.success) return value as z.infer<S>
  const [issue] = parsed.error.issues
  throw new UnreadableRow(
    key,
    `${issue?.path.join('.') ?? ''} ${issue?.message ?? 'wrong shape'}`.trim(),
    parsed.error,
  )
}
