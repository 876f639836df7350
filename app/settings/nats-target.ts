// NATS
//
// Owns:   what the options say of a NATS server: where it is, with which key, by which certificates; for all commands.
// Leaves: connecting (transport/), making keys (app/keys/).
//
// N1. Beside a server stands a key of its own: a URL with a password in it is refused, and so is one without a key.

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { type CredentialIdentity, identityIn, type MemberRole, type TlsFiles } from '../../transport/index.ts'
import { UserError } from '../errors.ts'
import { asUserError } from '../room-errors.ts'
import type { HostEnvironment } from './data-directory.ts'

/** The options as they were typed. */
export interface NatsOptions {
  readonly nats?: string
  readonly creds?: string
  readonly tlsCa?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
}

export interface NatsTarget {
  readonly url: string
  readonly credentials: { readonly file: string }
  readonly identity: CredentialIdentity
  readonly tls: TlsFiles
}

const urlSchema = z.url({ protocol: /^(nats|tls)$/ })
const PEM = 'Name a file with a certificate or a key between BEGIN and END lines.'
const EXAMPLE = '--nats nats://127.0.0.1:4222 --creds main.creds'

/** Undefined: no server was named. */
export function natsTarget(
  options: NatsOptions,
  { directory, env }: Pick<HostEnvironment, 'directory' | 'env'>,
): NatsTarget | undefined {
  const { nats: url } = options
  if (url === undefined) return refuseWithoutServer(options)
  refuseBadUrl(url)
  const file = options.creds ?? env.CANOPY_NATS_CREDS
  if (!file) {
    throw new UserError(
      'missing_option',
      '--creds is missing: a NATS server needs a key',
      `For example: ${EXAMPLE}. 'canopy keys create' makes the files.`,
    )
  }
  if ((options.tlsCert === undefined) !== (options.tlsKey === undefined)) {
    throw new UserError(
      'missing_option',
      '--tls-cert needs --tls-key, and --tls-key needs --tls-cert',
      `For example: ${EXAMPLE} --tls-cert client.pem --tls-key client-key.pem.`,
    )
  }
  const at = (option: string, path: string | undefined): string | undefined =>
    path && readableFile(option, resolve(directory, path))
  const credentials = { file: resolve(directory, file) }
  const tls = {
    ca: at('--tls-ca', options.tlsCa),
    cert: at('--tls-cert', options.tlsCert),
    key: at('--tls-key', options.tlsKey),
  }
  try {
    return { url, credentials, identity: identityIn(credentials), tls }
  } catch (error) {
    throw asUserError(error)
  }
}

/** The same, when the key is that of somebody with this role. */
export function natsTargetAs(
  role: MemberRole,
  options: NatsOptions,
  around: Pick<HostEnvironment, 'directory' | 'env'>,
): NatsTarget | undefined {
  const target = natsTarget(options, around)
  if (target === undefined || target.identity.role === role) return target
  throw new UserError(
    'wrong_role',
    `--creds is the key of ${target.identity.member} (${target.identity.role}); expected the key of a ${role}`,
    `'canopy keys list' shows the members.`,
  )
}

/** Options about a server need a named server: without one they would have no effect. */
function refuseWithoutServer({ creds, tlsCa, tlsCert, tlsKey }: NatsOptions): undefined {
  const given = Object.entries({ creds, 'tls-ca': tlsCa, 'tls-cert': tlsCert, 'tls-key': tlsKey })
  const [option, value] = given.find(([, each]) => each !== undefined) ?? []
  if (option === undefined) return undefined
  throw new UserError(
    'missing_option',
    `--${option} is ${JSON.stringify(value)}; it needs --nats`,
    `For example: ${EXAMPLE}; without both, Canopy uses its own server.`,
  )
}

function readableFile(option: string, path: string): string {
  try {
    if (readFileSync(path, 'utf8').includes('-----BEGIN ')) return path
  } catch (error) {
    throw new UserError('bad_option', `${option} cannot be read: ${(error as Error).message}`, PEM)
  }
  throw new UserError('bad_option', `${option} is ${path}; expected a PEM file`, PEM)
}

/** A password may hold any letter, also those that end a part of a URL. */
function withoutUser(url: string): string {
  return url.replace(/^(\w+:\/\/)?.*@/s, '$1')
}

function refuseBadUrl(url: string): void {
  if (!urlSchema.safeParse(url).success) {
    throw new UserError(
      'bad_option',
      `--nats is ${JSON.stringify(withoutUser(url))}; expected the URL of a NATS server`,
      `For example: ${EXAMPLE}. Without --nats, Canopy uses its own server.`,
    )
  }
  const { username, password } = new URL(url)
  if (username === '' && password === '') return
  throw new UserError(
    'password_in_url',
    '--nats holds a user or a password, and every user of this machine can see it in the list of processes',
    `Give a file instead: ${EXAMPLE}. 'canopy keys create' makes the files.`,
  )
}
