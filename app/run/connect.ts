// Connect
//
// Owns:   reaching the control port of the system that runs on a data directory.
// Leaves: the questions (app/control/).

import { hostname, userInfo } from 'node:os'
import {
  type Control,
  connectNats,
  openControl,
  runningServer,
  type TlsFiles,
} from '../../transport/index.ts'
import { UserError } from '../errors.ts'
import { asUserError } from '../room-errors.ts'
import type { NatsTarget } from '../settings/nats-target.ts'
import { newestRun } from './run-directory.ts'

/** What others need to ask the same system. */
export interface SystemAccess {
  readonly system: string
  readonly url: string
  /** The file of the key. */
  readonly credentials: string
  /** Whose key it is. */
  readonly sender: string
}

export interface SystemConnection {
  readonly control: Control
  readonly access: SystemAccess
  /** Resolves when the server has been away for so long; never, if it comes back in time. */
  lost(ms: number): Promise<void>
  close(): Promise<void>
}

export interface WhichSystem {
  readonly dataDirectory: string
  /** The NATS server that was given to the run, if one was. */
  readonly nats?: NatsTarget
}

/** Fails with a UserError of code `no_responder` when nothing runs there. */
export async function connect({ dataDirectory, nats }: WhichSystem): Promise<SystemConnection> {
  const target = nats ? targetOf(nats) : await ownServer(dataDirectory)
  if (!target) {
    throw new UserError(
      'no_responder',
      `no run with a NATS server of its own is active in ${dataDirectory}`,
      `Start one with 'canopy run', or name its repository: --repo DIR, or its data directory: --data DIR.
For a run on a NATS server of yours, name the server: --nats URL --creds operator.creds.`,
    )
  }
  const { system, ...where } = target
  const connection = await connectNats({ ...where, name: 'canopy-client' }).catch((error: unknown) => {
    throw asUserError(error)
  })
  const control = openControl({ connection, system, by: asker() })
  return {
    control,
    access: {
      system,
      url: connection.url,
      credentials: where.credentials.file,
      sender: connection.identity?.member ?? '',
    },
    lost: (ms) => lost(connection, ms),
    close: () => connection.close(),
  }
}

function lost(connection: Awaited<ReturnType<typeof connectNats>>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined
    connection.onState((state) => {
      clearTimeout(timer)
      if (state === 'disconnected') timer = setTimeout(resolve, ms)
    })
    connection.closed.then(() => clearTimeout(timer))
  })
}

interface ReachedSystem {
  readonly system: string
  readonly url: string
  readonly credentials: { readonly file: string }
  readonly tls?: TlsFiles
  readonly startedBy?: number
}

function targetOf({ identity: { system }, ...where }: NatsTarget): ReachedSystem {
  return { system, ...where }
}

/** The server that the run on this directory has started. */
async function ownServer(dataDirectory: string): Promise<ReachedSystem | undefined> {
  const run = await newestRun(dataDirectory)
  const server = run && (await runningServer(run.path))
  if (!run || !server) return undefined
  return {
    system: run.record.system,
    url: server.url,
    credentials: { file: server.credentials },
    startedBy: server.user,
  }
}

/** Who asks, for the audit. */
function asker(): string {
  let name = process.env.USER ?? 'somebody'
  try {
    name = userInfo().username
  } catch {
    // A user without an entry in the system's list.
  }
  return `${name}@${hostname()}`.replace(/[^\x21-\x7e]/g, '?')
}
