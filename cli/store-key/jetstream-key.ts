// JetStream key
//
// Owns:   the key with which the embedded server encrypts its files while the store is encrypted. It is made once and kept
//         in the store, so that it outlives a change of the store's own key.

import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Store } from '../../persistence/index.ts'

const FACT = 'jetstream key'
const keySchema = z.string().regex(/^[0-9a-f]{64}$/)

export async function jetStreamKeyIn(store: Pick<Store, 'readFact' | 'writeFact'>): Promise<string> {
  const kept = keySchema.safeParse(await store.readFact(FACT))
  if (kept.success) return kept.data
  const key = randomBytes(32).toString('hex')
  await store.writeFact(FACT, key)
  return key
}
