// Mail consumer
//
// Owns:   the consumer of a unit's mail. It is created again for each session: a new one begins at once with the first
//         stored message, instead of after `ack_wait`.

import {
  AckPolicy,
  DeliverPolicy,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
} from '@nats-io/jetstream'
import { nanos } from '@nats-io/transport-node'
import type { Connection } from '../connect-nats.ts'
import { type MailNames, mailNames } from '../subjects.ts'

/** A message that is not acknowledged within a session is delivered again after this time. */
const ACK_WAIT_MS = 300_000
/** The most unacknowledged messages of a unit, over all mailboxes. */
const MAX_UNACKNOWLEDGED = 50_000
const CONSUMER_NOT_FOUND = 10014

/** For a unit without permission to do it itself; returns the creation time of the stream. */
export async function renewConsumerOf(connection: Connection, system: string, unit: string): Promise<string> {
  const manager = await jetstreamManager(connection.nats, connection.jetStream)
  const names = mailNames(system, unit)
  const { created } = await manager.streams.info(names.stream)
  await renewConsumer(manager, names, () => true)
  return created
}

/** @param wanted called before each step; false stops. */
export async function renewConsumer(
  manager: JetStreamManager,
  names: MailNames,
  wanted: () => boolean,
): Promise<void> {
  await manager.consumers.delete(names.stream, names.consumer).catch((error) => {
    if (!(error instanceof JetStreamApiError && error.code === CONSUMER_NOT_FOUND)) throw error
  })
  if (!wanted()) return
  await manager.consumers.add(names.stream, {
    durable_name: names.consumer,
    filter_subject: names.unit,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: nanos(ACK_WAIT_MS),
    max_ack_pending: MAX_UNACKNOWLEDGED,
  })
}
