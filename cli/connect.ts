// Connect
//
// Owns:   reaching the control port of the system that runs on a data directory.
// Leaves: what is asked (control-client.ts).

import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import {
  type Control,
  connectNats,
  openControl,
  type RunningServer,
  runningServer,
  SERVER_FILE,
} from '../transport/index.ts'
import type { Access } from './access.ts'
import { UserError } from './errors.ts'
import { asUserError } from './room-errors.ts'
import { newestRun } from './run-directory.ts'

export interface Connection {
  readonly control: Control
  readonly access: Omit<Access, 'options'>
  /** Resolves when the server has been away for so long; never, if it comes back in time. */
  lost(ms: number): Promise<void>
  close(): Promise<void>
}

export interface WhichSystem {
  readonly dataDirectory: string
  /** The URL of the NATS that was given to the run, if one was. */
  readonly nats?: string
}

/** Fails with a UserError of code `no_responder` when nothing runs there. */
export async function connect({ dataDirectory, nats }: WhichSystem): Promise<Connection> {
  const run = await newestRun(dataDirectory)
  const target = nats === undefined ? run && (await runningServer(run.path)) : { url: nats }
  if (!run || !target) {
    throw new UserError(
      'no_responder',
      `nothing runs on ${dataDirectory}`,
      "Start a run with 'canopy run', or say where one runs: --repo DIR, or --data DIR if it was given one.",
    )
  }
  const connection = await connectNats({ ...target, name: 'canopy-client' }).catch((error: unknown) => {
    throw asUserError(error)
  })
  const { system } = run.record
  const control = openControl({ connection, system, by: asker() })
  return {
    control,
    access: accessTo(system, target, run.path),
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

function accessTo(
  system: string,
  target: { url: string } | RunningServer,
  path: string,
): Connection['access'] {
  const { url } = target
  // A URL given by the user may hold a password, which is theirs to know.
  if (!('password' in target)) return { system, url: url.replace(/\/\/[^/@]*@/g, '//') }
  const { user, password } = target
  return { system, url, user, password, credentials: join(path, SERVER_FILE) }
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
