// Connection to NATS
//
// Owns:   connecting, staying connected, and telling whether the server can do what Canopy needs.
// Leaves: what is said over it (mail, control).
//
// C1. Once connected it reconnects for ever, with jitter.
// C2. A server is asked what it can do; it is not trusted to complain.

import { jetstreamManager } from '@nats-io/jetstream'
import { connect, errors, type NatsConnection } from '@nats-io/transport-node'
import { requireVersion } from './nats-server/server-version.ts'
import { TransportError } from './transport-error.ts'

export interface ConnectOptions {
  /** `nats://host:4222` or `tls://host:4222`, several with commas; `nats://user:password@host` works too. */
  readonly url: string
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** Shown in the server's list of connections. */
  readonly name: string
}

export type ConnectionState = 'connected' | 'disconnected'

export interface Connection {
  /** Without the password. */
  readonly url: string
  readonly serverVersion: string
  readonly state: ConnectionState
  /** Bytes that a message may have, as the server says. */
  readonly maxPayload: number
  /** The client's own; for this room. */
  readonly nats: NatsConnection
  /** Tells each change, until the returned function is called. */
  onState(listener: (state: ConnectionState) => void): () => void
  /** Resolves when it was closed: by us, or with the reason. */
  readonly closed: Promise<Error | undefined>
  /** Sends what is still to be sent, and closes. */
  close(): Promise<void>
}

const CONNECT_MS = 5_000
const FLUSH_MS = 1_000
/** A server's own default. */
const MOST_BYTES = 1_048_576

/** Connects to a NATS server with JetStream; throws `TransportError` with the way out when that cannot be. */
export async function connectNats(options: ConnectOptions): Promise<Connection> {
  const target = parseTarget(options)
  const nats = await dial(target, options.name)
  try {
    const version = nats.info?.version ?? '0.0.0'
    requireVersion(version, target.shown)
    await requireJetStream(nats, target.shown)
    return new NatsLink(nats, target.shown, version)
  } catch (error) {
    await nats.close()
    throw error
  }
}

interface Target {
  readonly servers: string[]
  readonly shown: string
  readonly user: string | undefined
  readonly pass: string | undefined
  readonly tls: boolean
}

function parseTarget({ url, user, password }: ConnectOptions): Target {
  const parts = url.split(',').map((part) => part.trim())
  const urls = parts.map((part) => URL.parse(part.includes('://') ? part : `nats://${part}`))
  const parsed = urls.filter((each) => each !== null)
  const known = parsed.every((each) => ['nats:', 'tls:'].includes(each.protocol) && each.hostname !== '')
  if (parsed.length !== parts.length || !known) {
    throw new TransportError('unreachable', `"${url}" is no NATS URL; one looks like nats://127.0.0.1:4222`)
  }
  const [first] = parsed
  return {
    servers: parsed.map((each) => each.host),
    shown: parsed.map((each) => `${each.protocol}//${each.host}`).join(','),
    user: user ?? (decodeURIComponent(first?.username ?? '') || undefined),
    pass: password ?? (decodeURIComponent(first?.password ?? '') || undefined),
    tls: parsed.some((each) => each.protocol === 'tls:'),
  }
}

async function dial(target: Target, name: string): Promise<NatsConnection> {
  try {
    return await connect({
      servers: target.servers,
      name,
      ...(target.user === undefined ? {} : { user: target.user }),
      ...(target.pass === undefined ? {} : { pass: target.pass }),
      ...(target.tls ? { tls: {} } : {}),
      timeout: CONNECT_MS,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 100,
      reconnectJitter: 200,
      reconnectJitterTLS: 500,
      pingInterval: 20_000,
      // A restarted server may refuse for a moment what it will accept; C1 holds for that too.
      ignoreAuthErrorAbort: true,
    })
  } catch (error) {
    const { message } = error as Error
    if (error instanceof errors.AuthorizationError) {
      throw new TransportError(
        'unauthorized',
        `${target.shown} refused the user and password; give them in the URL: nats://user:password@host:4222`,
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
  readonly closed: Promise<Error | undefined>
  readonly #listeners = new Set<(state: ConnectionState) => void>()
  #state: ConnectionState = 'connected'

  constructor(nats: NatsConnection, url: string, serverVersion: string) {
    this.nats = nats
    this.url = url
    this.serverVersion = serverVersion
    this.closed = nats.closed().then((reason) => reason ?? undefined)
    this.#follow()
  }

  get state(): ConnectionState {
    return this.#state
  }

  get maxPayload(): number {
    return this.nats.info?.max_payload ?? MOST_BYTES
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    if (this.nats.isClosed()) return
    // Without a server the flush would wait for one.
    const late = setTimeout(() => this.nats.close(), FLUSH_MS)
    await Promise.race([this.nats.flush().catch(() => {}), this.nats.closed()])
    clearTimeout(late)
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
