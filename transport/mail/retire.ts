// Retire
//
// Owns:   deleting mail from a running server: of a unit that is gone, of a system that is over.
//
// A second call changes nothing.

import { JetStreamApiError, jetstreamManager } from '@nats-io/jetstream'
import type { Connection } from '../connect-nats.ts'
import { mailNames } from '../subjects.ts'

const NOT_FOUND: ReadonlySet<number> = new Set([10014, 10059])

/** Deletes a unit's consumer and its mail. If its member has returned, the new incarnation keeps its consumer and mail. */
export async function retireUnit(connection: Connection, system: string, unit: string): Promise<void> {
  const names = mailNames(system, unit)
  const manager = await jetstreamManager(connection.nats)
  await ifThere(
    manager.consumers.info(names.stream, names.consumer).then(async ({ config }) => {
      if (config.filter_subject === names.unit) await manager.consumers.delete(names.stream, names.consumer)
    }),
  )
  await ifThere(manager.streams.purge(names.stream, { filter: names.unit }))
}

/** Deletes all mail of a system, with its stream. */
export async function retireMail(connection: Connection, system: string): Promise<void> {
  const manager = await jetstreamManager(connection.nats)
  await ifThere(manager.streams.delete(mailNames(system, 'main').stream))
}

/** The systems that have mail on this server, running or not. */
export async function systemsOn(connection: Connection): Promise<string[]> {
  const manager = await jetstreamManager(connection.nats)
  const found: string[] = []
  for await (const name of manager.streams.names()) {
    const system = /^canopy-(.+)-mail$/.exec(name)?.[1]
    if (system !== undefined) found.push(system)
  }
  return found.toSorted()
}

async function ifThere(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof JetStreamApiError && NOT_FOUND.has(error.code))) throw error
  }
}
