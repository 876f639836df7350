// Slots in NATS KV
//
// Owns:   a bucket whose entries all expire after the same time: older servers have no expiry per entry and silently
//         ignore it.
//
// V1. The bucket does not allow rollups, unlike buckets that the client makes: with a rollup a member that may write
//     one entry could remove all others.
// V2. Home makes a deleted bucket again. For a grace period no holder counts as dead, so that all can write their
//     leases again; revisions, which become epochs, continue from greater numbers.

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
import type { LeaseTimes } from '../leases.ts'
import { TransportError } from '../transport-error.ts'
import type { Slot, Slots, SlotWriteResult } from './slots.ts'

const WRONG_LAST_SEQUENCE = 10071
const STREAM_NOT_FOUND = 10059
const NAME_IN_USE = 10058
const DUPLICATE_WINDOW_MS = 120_000
const ANSWER_MS = 2_000

export interface KvBucket {
  readonly name: string
  readonly times: LeaseTimes
  /** A bucket of this name may have existed before. */
  readonly isResumed: boolean
}

/** Opens the bucket; home creates it if it is missing. */
export async function openKvSlots(
  connection: Connection,
  { name: bucket, times, isResumed }: KvBucket,
): Promise<Slots> {
  const { ttlMs, renewMs } = times
  const manager = await jetstreamManager(connection.nats, { ...connection.jetStream, timeout: ANSWER_MS })
  const stream = `KV_${bucket}`
  const isKeeper = connection.jetStream.checkAPI !== false
  const make = async (isAgain: boolean): Promise<void> => {
    await makeBucket(manager, bucket, ttlMs)
    if (isAgain) await countOn(manager, stream)
  }
  if (isKeeper) await make(isResumed)
  const kv = await new Kvm(manager.jetstream()).open(bucket, { bindOnly: true, allow_direct: false })
  const { config } = await manager.streams.info(stream)
  if (config.max_age !== nanos(ttlMs)) {
    throw new TransportError(
      'stream_refused',
      `the NATS server keeps bucket ${bucket} with max_age = ${config.max_age} instead of ${nanos(ttlMs)}; ` +
        'it was made by another version, or it belongs to something else',
    )
  }
  const keeper = isKeeper ? { make: () => make(true), graceMs: 2 * renewMs } : undefined
  return new KvSlots(kv, manager, stream, keeper)
}

/** The configuration that the client uses (ADR-8), except for V1. */
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
    // An existing bucket is checked by the caller.
    if (!isApiError(error, NAME_IN_USE)) throw error
  })
}

/** Sets the next revision to the time in milliseconds: no earlier bucket had so many revisions. */
async function countOn(manager: JetStreamManager, stream: string): Promise<void> {
  const { state } = await manager.streams.info(stream)
  if (state.last_seq === 0) await manager.streams.purge(stream, { seq: Date.now() })
}

interface Keeper {
  make(): Promise<void>
  /** Milliseconds in which holders can write their leases again. */
  readonly graceMs: number
}

class KvSlots implements Slots {
  readonly #kv: KV
  readonly #manager: JetStreamManager
  readonly #stream: string
  readonly #keeper: Keeper | undefined
  #madeAgainAt = Number.NEGATIVE_INFINITY
  #isDestroyed = false

  constructor(kv: KV, manager: JetStreamManager, stream: string, keeper: Keeper | undefined) {
    this.#kv = kv
    this.#keeper = keeper
    this.#manager = manager
    this.#stream = stream
  }

  create(name: string, text: string): Promise<SlotWriteResult> {
    return this.#written(this.#kv.create(name, text))
  }

  update(name: string, text: string, revision: number): Promise<SlotWriteResult> {
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
    const { state } = await this.#manager.streams
      .info(this.#stream, { subjects_filter: '>' })
      .catch((error: unknown) => this.#makeAgain(error))
    if (performance.now() - this.#madeAgainAt < (this.#keeper?.graceMs ?? 0)) throw deletedError()
    const prefix = `$KV.${this.#stream.slice('KV_'.length)}.`
    return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length))
  }

  /** Makes a deleted bucket again (V2). */
  async #makeAgain(error: unknown): Promise<never> {
    if (!isApiError(error, STREAM_NOT_FOUND) || this.#keeper === undefined || this.#isDestroyed) throw error
    await this.#keeper.make()
    this.#madeAgainAt = performance.now()
    throw deletedError()
  }

  async destroy(): Promise<void> {
    this.#isDestroyed = true
    await this.#manager.streams.delete(this.#stream).catch((error) => {
      if (!isApiError(error, STREAM_NOT_FOUND)) throw error
    })
  }

  async #written(write: Promise<number>): Promise<SlotWriteResult> {
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

function deletedError(): TransportError {
  return new TransportError(
    'damaged',
    'the bucket of the leases was deleted and created again; holders write their leases again',
  )
}

function isApiError(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code
}
