// Key text
//
// Owns:   reading store keys as text: a line each, 64 hex digits or base64 of 32 bytes; the first one encrypts.

import { type StoreKeys, storeKey } from '../../persistence/index.ts'
import { UserError } from '../errors.ts'

const KEY_BYTES = 32
const EXAMPLE = 'One key is 32 random bytes as 64 hex digits or base64: openssl rand -hex 32'

/** @param source is named in errors; the text never is. */
export function readKeyText(text: string, source: string): StoreKeys {
  const lines = text.split('\n').map((line) => line.trim())
  const written = lines.filter((line) => line !== '' && !line.startsWith('#'))
  const [current, ...older] = written.map((line, at) => storeKey(bytesOf(line, `${source}, key ${at + 1}`)))
  if (current) return { current, older }
  throw new UserError('bad_store_key', `${source} holds no key`, EXAMPLE)
}

function bytesOf(line: string, where: string): Uint8Array {
  const bytes = /^[0-9a-f]{64}$/i.test(line) ? Buffer.from(line, 'hex') : Buffer.from(line, 'base64')
  if (bytes.length === KEY_BYTES && (bytes.toString('base64') === line || line.length === 64)) return bytes
  throw new UserError('bad_store_key', `${where} is not a key of 32 bytes`, EXAMPLE)
}
