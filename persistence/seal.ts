// Seal
//
// Owns:   encrypting and decrypting the text of a row with AES-256-GCM, and the id of the key used.
// Leaves: the source of the keys (app/store-key/), the rows (sealed-level.ts).
//
//     sealed1:<key id>:<base64 of salt (16), counter (12), tag (16), ciphertext>
//
// The row's key is authenticated with its text: a text moved to another row is refused.
//
// No nonce is used twice: each opening of a store derives a new key (HKDF-SHA-256 over a random salt) and counts from
// 0. Random nonces under one key would have to end after 2^32 rows (NIST SP 800-38D, 8.3).

import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import { UnreadableRow } from './unreadable-row.ts'

/** A key of 32 bytes and its name in rows. */
export interface StoreKey {
  readonly id: string
  readonly secret: Uint8Array
}

/** The keys of an encrypted store. */
export interface StoreKeys {
  /** Encrypts new rows. */
  readonly current: StoreKey
  /** Decrypt rows that were written before the key was changed. */
  readonly older: readonly StoreKey[]
}

/** Names a secret of 32 bytes by its hash. Throws a `RangeError` for another length. */
export function storeKey(secret: Uint8Array): StoreKey {
  if (secret.length !== KEY_BYTES)
    throw new RangeError(`a store key has ${KEY_BYTES} bytes; this one has ${secret.length}`)
  const id = createHash('sha256').update('canopy store key id').update(secret).digest('hex').slice(0, 8)
  return { id, secret }
}

const KEY_BYTES = 32
const SALT_BYTES = 16
const NONCE_BYTES = 12
const TAG_BYTES = 16
const PREFIX = 'sealed1:'
const CIPHER = 'aes-256-gcm'

/** The id of the key that encrypted a text; undefined when it is plain. */
export function sealedWith(text: string): string | undefined {
  return text.startsWith(PREFIX) ? text.slice(PREFIX.length, text.indexOf(':', PREFIX.length)) : undefined
}

export class Seal {
  readonly #keys: ReadonlyMap<string, StoreKey>
  readonly #current: StoreKey
  readonly #salt = randomBytes(SALT_BYTES)
  /** One derived key for each opening of the store whose rows were read. */
  readonly #derived = new Map<string, Uint8Array>()
  readonly #own: Uint8Array
  #count = 0n

  constructor({ current, older }: StoreKeys) {
    this.#current = current
    this.#keys = new Map([...older, current].map((key) => [key.id, key]))
    this.#own = derive(current, this.#salt)
  }

  has(id: string): boolean {
    return this.#keys.has(id)
  }

  seal(key: string, text: string): string {
    const nonce = Buffer.alloc(NONCE_BYTES)
    nonce.writeBigUInt64BE(this.#count, NONCE_BYTES - 8)
    this.#count += 1n
    const cipher = createCipheriv(CIPHER, this.#own, nonce).setAAD(Buffer.from(key))
    const sealed = [cipher.update(text, 'utf8'), cipher.final()]
    const bytes = Buffer.concat([this.#salt, nonce, cipher.getAuthTag(), ...sealed])
    return `${PREFIX}${this.#current.id}:${bytes.toString('base64')}`
  }

  /** Throws `UnreadableRow` when the text is plain, has an unknown key, belongs to another row, or was changed. */
  unseal(key: string, text: string): string {
    const id = sealedWith(text)
    if (id === undefined) throw new UnreadableRow(key, 'not encrypted, although the store is')
    const storeKey = this.#keys.get(id)
    if (!storeKey) throw new UnreadableRow(key, `it is encrypted with key ${id}, which is not given`)
    const bytes = Buffer.from(text.slice(PREFIX.length + id.length + 1), 'base64')
    try {
      return this.#open(storeKey, key, bytes)
    } catch (error) {
      throw new UnreadableRow(key, 'it was changed or belongs to another row (AES-GCM refused it)', error)
    }
  }

  #open(storeKey: StoreKey, key: string, bytes: Buffer): string {
    const salt = bytes.subarray(0, SALT_BYTES)
    const nonce = bytes.subarray(SALT_BYTES, SALT_BYTES + NONCE_BYTES)
    const tag = bytes.subarray(SALT_BYTES + NONCE_BYTES, SALT_BYTES + NONCE_BYTES + TAG_BYTES)
    const sealed = bytes.subarray(SALT_BYTES + NONCE_BYTES + TAG_BYTES)
    const decipher = createDecipheriv(CIPHER, this.#keyFor(storeKey, salt), nonce, {
      authTagLength: TAG_BYTES,
    })
    decipher.setAAD(Buffer.from(key)).setAuthTag(tag)
    return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8')
  }

  #keyFor(storeKey: StoreKey, salt: Buffer): Uint8Array {
    const name = `${storeKey.id}:${salt.toString('base64')}`
    const found = this.#derived.get(name) ?? derive(storeKey, salt)
    this.#derived.set(name, found)
    return found
  }
}

function derive({ secret }: StoreKey, salt: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, salt, 'canopy store rows', KEY_BYTES))
}
