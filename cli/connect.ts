// Connect
//
// Owns:   reaching the control port of the system that runs on a data directory.
// Leaves: what is asked (control-client.ts).

import type { Control } from '../transport/index.ts'

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
export async function connect(_which: WhichSystem): Promise<Connection> {
  throw new Error('not wired yet')
}
