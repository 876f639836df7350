// Slots in NATS KV
//
// Owns:   a bucket whose every entry goes after the same time: older servers know no time of its own for an entry,
//         and take one without a word.
//
// V1. The bucket obeys no order to roll up, as those that the client makes do: whoever may write one entry could remove all
//     others with it.

import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  StorageType,
} from '@nats-io/jetstream'
import { type KV, Kvm } from '@nats-io/kv'
import { nanos } from '@nats-io/transport-node'
import type { Connection } from '../connect-nats.ts'
import { TransportError } from '../transport-error.ts'
import type { Slot, Slots, Written } from './slots.ts'

const WRONG_LAST_SEQUENCE = 10071
const STREAM_NOT_FOUND = 10059
const NAME_IN_USE = 10058
const DUPLICATE_WINDOW_MS = 120_000
const ANSWER_MS = 2_000

/** The bucket; home makes it if there is none. */
export async function openKvSlots(connection: Connection, bucket: string, ttlMs: number): Promise<Slots> {
  const manager = await jetstreamManager(connection.nats, { ...connection.jetStream, timeout: ANSWER_MS })
  const stream = `KV_${bucket}`
  if (connection.jetStream.checkAPI !== false) await makeBucket(manager, bucket, ttlMs)
  const kv = await new Kvm(manager.jetstream()).open(bucket, { bindOnly: true, allow_direct: false })
  const { config } = await manager.streams.info(stream)
  if (config.max_age !== nanos(ttlMs)) {
    throw new TransportError(
      'stream_refused',
      `the NATS server keeps bucket ${bucket} with max_age = ${config.max_age} instead of ${nanos(ttlMs)}; ` +
        'it was made by another version, or it belongs to something else',
    )
  }
  return new KvSlots(kv, manager, stream)
}

/** As the client makes them (ADR-8), but for V1. */
async function makeBucket(manager: JetStreamManager, bucket: string, ttlMs: number): Promise<void> {
  const wanted = {
    name: `KV_${bucket}`,
    subjects: [`$KV.${bucket}.>`],
    max_msgs_per_subject: 1,
    max_age: nanos(ttlMs),
    duplicate_window: nanos(Math.min(ttlMs, DUPLICATE_WINDOW_MS)),
    discard: DiscardPolicy.New,
    storage: StorageType.File,
    deny_delete: true,
    allow_rollup_hdrs: false,
  }
  await manager.streams.add(wanted).catch((error) => {
    // One that is there is looked at by whoever opens it.
    if (!isApiError(error, NAME_IN_USE)) throw error
  })
}

class KvSlots implements Slots {
  readonly #kv: KV
  readonly #manager: JetStreamManager
  readonly #stream: string

  constructor(kv: KV, manager: JetStreamManager, stream: string) {
    this.#kv = kv
    this.#manager = manager
    this.#stream = stream
  }

  create(name: string, text: string): Promise<Written> {
    return this.#written(this.#kv.create(name, text))
  }

  update(name: string, text: string, revision: number): Promise<Written> {
    return this.#written(this.#kv.update(name, text, revision, ANSWER_MS))
  }

  async read(name: string): Promise<Slot | undefined> {
    const entry = await this.#kv.get(name)
    if (entry === null || entry.operation !== 'PUT') return undefined
    return { text: entry.string(), revision: entry.revision, written: entry.created.getTime() }
  }

  async remove(name: string, revision: number): Promise<void> {
    await this.#kv.delete(name, { previousSeq: revision })
  }

  async names(): Promise<readonly string[]> {
    const { state } = await this.#manager.streams.info(this.#stream, { subjects_filter: '>' })
    const prefix = `$KV.${this.#stream.slice('KV_'.length)}.`
    return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length))
  }

  async destroy(): Promise<void> {
    await this.#manager.streams.delete(this.#stream).catch((error) => {
      if (!isApiError(error, STREAM_NOT_FOUND)) throw error
    })
  }

  async #written(write: Promise<number>): Promise<Written> {
    try {
      return await write
    } catch (error) {
      if (isApiError(error, WRONG_LAST_SEQUENCE)) return 'stale'
      if (await this.#isGone()) return 'gone'
      throw error
    }
  }

  async #isGone(): Promise<boolean> {
    return this.#manager.streams.info(this.#stream).then(
      () => false,
      (error) => isApiError(error, STREAM_NOT_FOUND),
    )
  }
}

function isApiError(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code
}
