// Effect results
//
// Owns:   the stored outcomes of paid effects, under their idempotency keys. They outlive the actor.
//
// Outcomes are never pruned within a run. Only the actor's outbox could tell whether one will be needed again (promise
// P3), and a start order may be repeated after a crash or a restore, with the same keys; running a paid effect twice
// costs more than a row. They are deleted with their store, when the directory of a finished run is removed.

import { z } from 'zod'
import type { Outcome } from '../kernel/index.ts'
import type { Operation } from './database.ts'
import { decodeAs, put } from './json.ts'
import { keyOf, partsOf, unescaped } from './keys.ts'

const outcomeSchema = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('done') }),
  z.looseObject({ kind: z.literal('failed'), error: z.looseObject({ message: z.string() }) }),
])

export const resultRows = 'kept'

export function resultOperation(key: string, outcome: Outcome): Operation {
  return put(resultKey(key), outcome)
}

export function resultKey(key: string): string {
  return keyOf(resultRows, key)
}

export function storedResult(key: string, text: string): Outcome {
  return decodeAs(outcomeSchema, resultKey(key), text) as object as Outcome
}

export function idempotencyKeyOf(key: string): string {
  return unescaped(partsOf(key).at(-1) ?? '')
}
