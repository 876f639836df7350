// Kept
//
// Owns:   what paid effects returned, under their idempotency keys. It outlives the actor that asked: it was paid.
//
// E1. Outcomes are never pruned within a run. Whether one will be asked for again (promise P3) only its actor's outbox
//     could say, and an order to start that actor may come again after a crash or a restore, with the same keys; asking
//     twice costs more than a row. They go with their store, when the directory of a run that is over is removed.

import { z } from 'zod'
import type { Outcome } from '../kernel/index.ts'
import type { Operation } from './database.ts'
import { decodeAs, put } from './json.ts'
import { keyOf, partsOf, unescaped } from './keys.ts'

const outcomeSchema = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('done') }),
  z.looseObject({ kind: z.literal('failed'), error: z.looseObject({ message: z.string() }) }),
])

export const kept = 'kept'

export function keepOperation(key: string, outcome: Outcome): Operation {
  return put(keptKey(key), outcome)
}

export function keptKey(key: string): string {
  return keyOf(kept, key)
}

export function keptOf(key: string, text: string): Outcome {
  return decodeAs(outcomeSchema, keptKey(key), text) as object as Outcome
}

export function idempotencyKeyOf(key: string): string {
  return unescaped(partsOf(key).at(-1) ?? '')
}
