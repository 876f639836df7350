// Credentials
//
// Owns:   reading a credentials file: the key of one member, and the claims in it.
// Leaves: verifying the claims: the server does it.
//
// The file is read again for each connection, so a rotated key is used from the next connection on.

import { readFileSync } from 'node:fs'
import { credsAuthenticator, type JwtAuth } from '@nats-io/transport-node'
import { z } from 'zod'
import { TransportError } from '../transport-error.ts'
import { type MemberRole, roles } from './roles.ts'

/** The text of a credentials file, or its path. */
export type Credentials = string | { readonly file: string }

/** The claims of a credential; the server verifies them. */
export interface CredentialIdentity {
  readonly member: string
  readonly role: MemberRole
  /** The system's name; `*`: any system. */
  readonly system: string
  /** Seconds since the Unix epoch; absent: never. */
  readonly expires?: number | undefined
}

const claimsSchema = z.object({
  name: z.string().min(1),
  exp: z.number().optional(),
  nats: z.object({ tags: z.array(z.string()) }),
})

const WAY_OUT = '`canopy keys create` makes one'

/** The claims of a credential. Throws a `TransportError` `bad_credentials` for a malformed file. */
export function identityIn(credentials: Credentials): CredentialIdentity {
  const where = typeof credentials === 'string' ? 'it' : credentials.file
  const claims = claimsSchema.safeParse(payloadOf(textOf(credentials)))
  const tag = (name: string): string | undefined =>
    claims.data?.nats.tags.find((each) => each.startsWith(`${name}:`))?.slice(name.length + 1)
  const role = z.enum(roles).safeParse(tag('role'))
  const system = tag('system')
  if (claims.success && role.success && system !== undefined)
    return { member: claims.data.name, role: role.data, system, expires: claims.data.exp }
  throw new TransportError('bad_credentials', `${where} is not a credentials file of Canopy; ${WAY_OUT}`)
}

export function authenticatorOf(credentials: Credentials): (nonce?: string) => JwtAuth {
  return credsAuthenticator(() => Buffer.from(textOf(credentials))) as (nonce?: string) => JwtAuth
}

function textOf(credentials: Credentials): string {
  if (typeof credentials === 'string') return credentials
  try {
    return readFileSync(credentials.file, 'utf8')
  } catch (error) {
    const message = `${credentials.file} cannot be read: ${(error as Error).message}; ${WAY_OUT}`
    throw new TransportError('bad_credentials', message, { cause: error })
  }
}

function payloadOf(text: string): unknown {
  const jwt = /-----BEGIN NATS USER JWT-----\s+([\w-]+\.[\w-]+\.[\w-]+)\s/.exec(text)?.[1]
  try {
    return JSON.parse(Buffer.from(jwt?.split('.')[1] ?? '', 'base64url').toString())
  } catch {
    return undefined
  }
}
