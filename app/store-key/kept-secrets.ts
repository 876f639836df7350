// Kept secrets
//
// Owns:   secrets of a run that are made once and kept in its store, so that they outlive processes and a change of the
//         store's own key.

import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Metadata } from '../../persistence/index.ts'

const secretSchema = z.string().regex(/^[0-9a-f]{64}$/)

/** The key with which the embedded server encrypts its files while the store is encrypted. */
export function jetStreamKeyIn(store: Metadata): Promise<string> {
  return keptIn(store, 'jetstream key')
}

/** By which the mail's stream knows again what home sent before it was killed. */
export function mailSecretIn(store: Metadata): Promise<string> {
  return keptIn(store, 'mail secret')
}

async function keptIn(store: Metadata, name: string): Promise<string> {
  const kept = secretSchema.safeParse(await store.readMeta(name))
  if (kept.success) return kept.data
  const secret = randomBytes(32).toString('hex')
  await store.writeMeta(name, secret)
  return secret
}
