// Transit
//
// Owns:   store keys that are kept wrapped beside the store, and that only Vault or OpenBao can unwrap (transit
//         secrets engine: https://developer.hashicorp.com/vault/api-docs/secret/transit).
//
// T1. The plain key is in this process only; on the disk it is as the server wrapped it.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { jsonOf } from '../../kernel/index.ts'
import { type StoreKeys, storeKey } from '../../persistence/index.ts'
import { writeJsonFile } from '../../platform/index.ts'
import { systemReason, UserError } from '../errors.ts'

export interface Transit {
  /** The server's address, e.g. https://vault.example.org:8200. */
  readonly address: string
  readonly token: string
  readonly namespace?: string | undefined
  /** Where the engine is mounted and the name of its key: `transit/canopy`. */
  readonly mount: string
  readonly name: string
  /** The folder that keeps the wrapped keys. */
  readonly folder: string
}

const FILE = 'store-keys.json'
const LIMIT_MS = 30_000
const KEY_BYTES = 32
const keptSchema = z.object({ wrapped: z.array(z.string().min(1)).min(1) })
const keyText = z.string().refine((text) => Buffer.from(text, 'base64').length === KEY_BYTES)
const newKeySchema = z.object({ data: z.object({ plaintext: keyText, ciphertext: z.string().min(1) }) })
const plainSchema = z.object({ data: z.object({ plaintext: keyText }) })

/** The keys in the folder, newest first; a first one is made where there is none. */
export async function keysOfTransit(transit: Transit): Promise<StoreKeys> {
  const wrapped = await wrappedIn(transit.folder)
  if (wrapped.length === 0) return addTransitKey(transit)
  const [current, ...older] = await Promise.all(wrapped.map((text) => unwrap(transit, text)))
  if (!current) throw new Error('no key was unwrapped')
  return { current, older }
}

/** Makes a new key and keeps it before the others. */
export async function addTransitKey(transit: Transit): Promise<StoreKeys> {
  const wrapped = await wrappedIn(transit.folder)
  const older = await Promise.all(wrapped.map((text) => unwrap(transit, text)))
  const { data } = await ask(transit, 'datakey/plaintext', {}, newKeySchema)
  const current = storeKey(Buffer.from(data.plaintext, 'base64'))
  await keep(transit.folder, [data.ciphertext, ...wrapped])
  return { current, older }
}

async function unwrap(transit: Transit, ciphertext: string) {
  const { data } = await ask(transit, 'decrypt', { ciphertext }, plainSchema)
  return storeKey(Buffer.from(data.plaintext, 'base64'))
}

async function ask<T>(transit: Transit, what: string, body: object, schema: z.ZodType<T>): Promise<T> {
  const url = new URL(
    `v1/${transit.mount}/${what}/${transit.name}`,
    `${transit.address.replace(/\/*$/, '')}/`,
  )
  const headers = {
    'X-Vault-Token': transit.token,
    'Content-Type': 'application/json',
    ...(transit.namespace !== undefined && { 'X-Vault-Namespace': transit.namespace }),
  }
  const signal = AbortSignal.timeout(LIMIT_MS)
  // The token goes to this address only.
  const request = { method: 'POST', headers, body: JSON.stringify(body), redirect: 'error', signal } as const
  const answer = await fetch(url, request).catch((error: unknown) => {
    throw refusal(url, String((error as Error).cause ?? error))
  })
  if (!answer.ok) throw refusal(url, `status ${answer.status}`)
  const read = schema.safeParse(jsonOf(await answer.text()))
  if (read.success) return read.data
  // Its content is not shown: it may be a key.
  throw refusal(url, 'its answer is not that of a transit engine with a key of 32 bytes')
}

function refusal(url: URL, reason: string): UserError {
  const wayOut =
    'Check VAULT_ADDR and VAULT_TOKEN (or BAO_ADDR and BAO_TOKEN), and that the token may use the key.'
  return new UserError('bad_store_key', `${url.origin}${url.pathname} gave no store key: ${reason}`, wayOut)
}

async function wrappedIn(folder: string): Promise<readonly string[]> {
  const text = await readFile(join(folder, FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    const wayOut = 'Make it readable for you: the store cannot be decrypted without it.'
    const message = `${join(folder, FILE)} cannot be read: ${systemReason(error)}`
    throw new UserError('bad_store_key', message, wayOut, { cause: error })
  })
  if (text === undefined) return []
  const parsed = keptSchema.safeParse(jsonOf(text))
  if (parsed.success) return parsed.data.wrapped
  const wayOut = 'Restore the file from a backup: the store cannot be decrypted without it.'
  throw new UserError('bad_store_key', `${join(folder, FILE)} was not written by Canopy`, wayOut)
}

async function keep(folder: string, wrapped: readonly string[]): Promise<void> {
  await writeJsonFile(join(folder, FILE), { wrapped }, { mode: 0o600 })
}
