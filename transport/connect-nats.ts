// Connection to NATS
//
// Owns:   connecting, reconnecting, and checking that the server can do what Canopy needs.
// Leaves: the messages (mail, control).
//
// C1. After the first connection it reconnects without limit, with jitter.
//
// The server's features are queried; an old server does not report an unknown setting.
//
// Off this machine the connection is TLS 1.3 or refused; this also holds when a local server names cluster peers on
// other machines.
//
// C4. If the user who started the server is known, a server of another user at that port gets no message: it may have
//     taken over the port.
//
// A secret in a URL is refused: it would appear in process lists, logs and messages.

import { checkServerIdentity } from 'node:tls'
import { type JetStreamManagerOptions, jetstreamManager } from '@nats-io/jetstream'
import { connect, errors, type NatsConnection, type TlsOptions } from '@nats-io/transport-node'
import { systemClock, within } from '../platform/index.ts'
import {
  authenticatorOf,
  type CredentialIdentity,
  type Credentials,
  identityIn,
} from './access/credentials.ts'
import { awayApi } from './access/roles.ts'
import { requireVersion } from './nats-server/server-version.ts'
import { usersAtPort } from './port-user.ts'
import { TransportError } from './transport-error.ts'

/** The server to connect to, and the credentials. */
export interface ConnectOptions {
  /** `nats://127.0.0.1:4222` or `tls://host:4222`; several, separated by commas. */
  readonly url: string
  /** The member's credentials; absent: for a server without authentication. */
  readonly credentials?: Credentials | undefined
  readonly tls?: TlsFiles | undefined
  /** The id of the user who started the server on this machine: a socket of another user at its port is refused (C4). */
  readonly startedBy?: number | undefined
  /** The name in the server's list of connections. */
  readonly name: string
}

/** Paths of PEM files. */
export interface TlsFiles {
  /** The certificate authority of the server, if the system does not trust it already. */
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

/** Whether the server is reached now. A lost connection is restored automatically. */
export type ConnectionState = 'connected' | 'disconnected'

/** A connection to a NATS server that has JetStream. It reconnects until it is closed. */
export interface Connection {
  readonly url: string
  /** The identity in the credentials; absent for a server without authentication. */
  readonly identity: CredentialIdentity | undefined
  readonly serverVersion: string
  readonly state: ConnectionState
  /** The most bytes of a message, as the server reports. */
  readonly maxPayload: number
  /** The client's own connection; for this room only. */
  readonly nats: NatsConnection
  /** This member's access to JetStream; for this room only. */
  readonly jetStream: JetStreamManagerOptions
  /** Calls back on each change, until the returned function is called. */
  onState(listener: (state: ConnectionState) => void): () => void
  /** Resolves when it is closed: with undefined after `close`, otherwise with the reason. */
  readonly closed: Promise<Error | undefined>
  /** Sends pending messages, then closes. */
  close(): Promise<void>
}

const CONNECT_MS = 5_000
const ROOT = 0
const FLUSH_MS = 1_000
/** The default limit of a server, in bytes. */
const DEFAULT_MAX_BYTES = 1_048_576

/** Connects to a NATS server with JetStream; throws a `TransportError` with the way out. */
export async function connectNats(options: ConnectOptions): Promise<Connection> {
  const target = parseTarget(options)
  const identity = options.credentials === undefined ? undefined : identityIn(options.credentials)
  const nats = await dial(target, options)
  try {
    const version = nats.info?.version ?? '0.0.0'
    requireVersion(version, target.shown)
    const link = new NatsLink(nats, target.shown, version, identity)
    if (link.jetStream.checkAPI !== false) await requireJetStream(nats, target.shown)
    return link
  } catch (error) {
    await nats.close()
    throw error
  }
}

interface ServerTarget {
  readonly servers: string[]
  readonly shown: string
  readonly tls: TlsOptions | undefined
}

function parseTarget({ url, tls }: ConnectOptions): ServerTarget {
  const parts = url.split(',').map((part) => part.trim())
  const urls = parts.map((part) => URL.parse(part.includes('://') ? part : `nats://${part}`))
  const parsed = urls.filter((each) => each !== null)
  const known = parsed.every((each) => ['nats:', 'tls:'].includes(each.protocol) && each.hostname !== '')
  if (parsed.length !== parts.length || !known) {
    throw new TransportError(
      'unreachable',
      `"${withoutUser(url)}" is no NATS URL; one looks like nats://127.0.0.1:4222`,
    )
  }
  const shown = parsed.map((each) => `${each.protocol}//${each.host}`).join(',')
  if (parsed.some(({ username, password }) => username !== '' || password !== ''))
    throw new TransportError(
      'password_in_url',
      `the URL of ${shown} holds a user or a password, which other users can see; pass a file instead: --creds FILE`,
    )
  const secure = parsed.some((each) => each.protocol === 'tls:')
  const away = parsed.find(({ hostname }) => !isLoopback(hostname))
  if (away && !secure)
    throw new TransportError(
      'no_tls',
      `${shown} is not on this machine, and TLS is not asked for; use tls://${away.host} (and --tls-ca FILE for a CA of your own)`,
    )
  return {
    servers: parsed.map((each) => each.host),
    shown,
    tls: secure
      ? tlsOf(
          tls,
          parsed.map(({ hostname }) => hostname),
        )
      : undefined,
  }
}

function tlsOf({ ca, cert, key }: TlsFiles = {}, hosts: readonly string[]): TlsOptions {
  const files = { ...(ca && { caFile: ca }), ...(cert && { certFile: cert }), ...(key && { keyFile: key }) }
  // The client passes options that it does not know to Node.
  const least = { minVersion: 'TLSv1.3', checkServerIdentity: isOneOf(hosts) }
  return { ...files, ...least }
}

/** Checks the certificate against these hosts: for an address the client itself would look for `localhost`. */
function isOneOf(hosts: readonly string[]): typeof checkServerIdentity {
  return (_host, certificate) => {
    const mistakes = hosts.map((host) => checkServerIdentity(host.replace(/^\[|\]$/g, ''), certificate))
    return mistakes.includes(undefined) ? undefined : mistakes[0]
  }
}

/** Whether the host of a parsed URL is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

function withoutUser(url: string): string {
  return url.replace(/\/\/[^/@]*@/g, '//')
}

/** Called at each connection, after the server's greeting and before the client sends anything. */
function answerTo(target: ServerTarget, { credentials, startedBy }: ConnectOptions) {
  if (credentials === undefined) return {}
  const authenticator = authenticatorOf(credentials)
  if (startedBy === undefined) return { authenticator }
  return {
    authenticator: (nonce?: string) => {
      requireUser(target, startedBy)
      return authenticator(nonce)
    },
  }
}

function requireUser({ servers, shown }: ServerTarget, user: number): void {
  const users = servers.flatMap((host) => [...usersAtPort(Number(host.split(':').at(-1)))])
  const other = users.find((each) => each !== user && each !== ROOT)
  if (other === undefined) return
  const message = `the port of ${shown} is used by another user (user id ${other}); end that process, or start the run again`
  throw new TransportError('not_own_server', message)
}

async function dial(target: ServerTarget, options: ConnectOptions): Promise<NatsConnection> {
  const { name, credentials } = options
  try {
    return await connect({
      servers: target.servers,
      name,
      ...answerTo(target, options),
      ...(target.tls ? { tls: target.tls } : { ignoreClusterUpdates: true }),
      timeout: CONNECT_MS,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 100,
      reconnectJitter: 200,
      reconnectJitterTLS: 500,
      pingInterval: 20_000,
      // After a restart a server may refuse for a moment a key that it will accept; C1 holds for that too.
      ignoreAuthErrorAbort: true,
    })
  } catch (error) {
    const { message } = error as Error
    if (error instanceof TransportError) throw error
    if (error instanceof errors.AuthorizationError) {
      throw new TransportError(
        'unauthorized',
        credentials === undefined
          ? `${target.shown} requires credentials; pass the file: --creds FILE`
          : `${target.shown} refused ${shownOf(credentials)}: the key is of another server, has expired or was revoked; ` +
              '`canopy keys list` shows it, `canopy keys rotate` makes a new one',
        { cause: error },
      )
    }
    throw new TransportError(
      'unreachable',
      `no NATS server can be reached at ${target.shown} (${message}); start it (nats-server -c nats-server.conf), ` +
        'or leave the URL out and Canopy starts one of its own',
      { cause: error },
    )
  }
}

function shownOf(credentials: Credentials): string {
  return typeof credentials === 'string' ? 'the credentials' : credentials.file
}

async function requireJetStream(nats: NatsConnection, shown: string): Promise<void> {
  try {
    await jetstreamManager(nats, { timeout: CONNECT_MS })
  } catch (error) {
    throw new TransportError(
      'no_jetstream',
      `the NATS server at ${shown} has no JetStream for this user (${(error as Error).message}); start it with ` +
        '`nats-server -js`, or with the nats-server.conf that comes with Canopy',
      { cause: error },
    )
  }
}

class NatsLink implements Connection {
  readonly nats: NatsConnection
  readonly url: string
  readonly serverVersion: string
  readonly identity: CredentialIdentity | undefined
  readonly jetStream: JetStreamManagerOptions
  readonly closed: Promise<Error | undefined>
  readonly #listeners = new Set<(state: ConnectionState) => void>()
  #state: ConnectionState = 'connected'

  constructor(
    nats: NatsConnection,
    url: string,
    serverVersion: string,
    identity: CredentialIdentity | undefined,
  ) {
    this.nats = nats
    this.identity = identity
    const isAway = identity !== undefined && identity.role !== 'home'
    this.jetStream = isAway ? { apiPrefix: awayApi(identity.system), checkAPI: false } : {}
    this.url = url
    this.serverVersion = serverVersion
    this.closed = nats.closed().then((reason) => reason ?? undefined)
    this.#follow()
  }

  get state(): ConnectionState {
    return this.#state
  }

  get maxPayload(): number {
    return this.nats.info?.max_payload ?? DEFAULT_MAX_BYTES
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    if (this.nats.isClosed()) return
    // Without a server the flush would never end.
    const flushed = Promise.race([this.nats.flush().catch(() => {}), this.nats.closed()])
    await within(systemClock, FLUSH_MS, flushed, () => {})
    await this.nats.close()
  }

  async #follow(): Promise<void> {
    for await (const status of this.nats.status()) {
      if (status.type === 'disconnect') this.#change('disconnected')
      if (status.type === 'reconnect') this.#change('connected')
    }
  }

  #change(state: ConnectionState): void {
    this.#state = state
    for (const listener of [...this.#listeners]) listener(state)
  }
}
