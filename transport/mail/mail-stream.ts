// Mail stream
//
// Owns:   the stream that stores a system's mail, with the settings that Mail's guarantees need.
//
// The settings are read back from the server: an older server ignores those it does not know.
//
// A stream that replaces a deleted one of this name starts at a sequence that the old one had not reached, because
// receivers know mail from outside by its sequence. The time in microseconds is such a number.

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

/** Returns the creation time of the stream, which distinguishes it from others of the same name. */
export async function ensureMailStream(
  manager: JetStreamManager,
  names: MailNames,
  { mailboxLimit, maxBytes }: { readonly mailboxLimit: number; readonly maxBytes?: number | undefined },
): Promise<string> {
  const wanted = {
    name: names.stream,
    subjects: [names.everything],
    // An acknowledged message is deleted.
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    // A full mailbox refuses new mail, without affecting other mailboxes.
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
  // An operator's other settings (replicas, placement) are kept.
  const existing = await manager.streams.info(wanted.name)
  return manager.streams.update(wanted.name, { ...existing.config, ...wanted })
}
