// Connect
//
// Owns:   reaching the control port of the system that runs on a data directory.
// Leaves: what is asked (control-client.ts).

import { type Control, connectNats, openControl, runningServer } from '../transport/index.ts'
import { UserError } from './errors.ts'
import { asUserError } from './room-errors.ts'
import { newestRun } from './run-directory.ts'

export interface Connection {
  readonly control: Control
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
  const control = openControl({ connection, system: run.record.system })
  return { control, close: () => connection.close() }
}
