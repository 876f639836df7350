// Mail stream
//
// Owns:   the stream that keeps a system's mail, with the settings Mail's promises rest on.
//
// S2. A stream that is made after another one of this name counts on from numbers that the other had not reached: receivers
//     know mail from outside by its number. The time in microseconds is such a number.
// S1. What the server says it has set is read back: an older server ignores what it does not know.

import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream'
import { nanos } from '@nats-io/transport-node'
import type { MailNames } from '../subjects.ts'
import { TransportError } from '../transport-error.ts'

export const DUPLICATE_WINDOW_MS = 120_000
const NAME_IN_USE = 10058

/** Answers when the stream was made, which tells one from another of the same name. */
export async function ensureMailStream(
  manager: JetStreamManager,
  names: MailNames,
  { mailboxLimit, maxBytes }: { readonly mailboxLimit: number; readonly maxBytes?: number | undefined },
): Promise<string> {
  const wanted = {
    name: names.stream,
    subjects: [names.everything],
    // An acknowledged message is gone.
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    // A full mailbox refuses what is new, and only that mailbox.
    discard: DiscardPolicy.New,
    discard_new_per_subject: true,
    max_msgs_per_subject: mailboxLimit,
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
    ...(maxBytes !== undefined && { max_bytes: maxBytes }),
  }
  const { config: actual, created, state } = await addOrUpdate(manager, wanted)
  for (const field of ['retention', 'discard', 'discard_new_per_subject', 'max_msgs_per_subject'] as const) {
    if (actual[field] === wanted[field]) continue
    throw new TransportError(
      'stream_refused',
      `the NATS server keeps stream ${names.stream} with ${field} = ${actual[field]} instead of ${wanted[field]}; ` +
        'its version is too old or the stream belongs to something else',
    )
  }
  if (state.last_seq === 0) await manager.streams.purge(names.stream, { seq: Date.now() * 1_000 })
  return created
}

async function addOrUpdate(
  manager: JetStreamManager,
  wanted: Partial<StreamConfig> & { name: string },
): Promise<StreamInfo> {
  try {
    return await manager.streams.add(wanted)
  } catch (error) {
    if (!(error instanceof JetStreamApiError && error.code === NAME_IN_USE)) throw error
  }
  // What an operator has set besides (replicas, placement) stays.
  const existing = await manager.streams.info(wanted.name)
  return manager.streams.update(wanted.name, { ...existing.config, ...wanted })
}
