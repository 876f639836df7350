// JSON
//
// Owns:   values as text and back. What cannot be written is a bug of the writer, what
//         cannot be read a fault of the store; both say under which key.

import type { z } from 'zod'
import type { Operation } from './database.ts'

/** What a row holds is not what belongs there. */
export class UnreadableRow extends Error {
  readonly code = 'UNREADABLE_ROW'

  constructor(key: string, reason: string, cause?: unknown) {
    super(`unreadable value under '${key}': ${reason}`, { cause })
  }
}

export function encode(key: string, value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (error) {
    throw new TypeError(`'${key}' cannot be stored: ${(error as Error).message}`, { cause: error })
  }
  if (text === undefined) throw new TypeError(`'${key}' cannot be stored: it is no JSON value`)
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

/** As `decode`, when a wrong value would lead to a crash far from here. */
export function decodeAs<S extends z.ZodType>(schema: S, key: string, text: string): z.infer<S> {
  const value = decode(key, text)
  const parsed = schema.safeParse(value)
  // The value itself: schemas here check what is needed, and drop nothing.
  if (parsed.success) return value as z.infer<S>
  const [issue] = parsed.error.issues
  throw new UnreadableRow(
    key,
    `${issue?.path.join('.') ?? ''} ${issue?.message ?? 'wrong shape'}`.trim(),
    parsed.error,
  )
}
