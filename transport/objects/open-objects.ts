// Objects in JetStream
//
// Owns:   the bucket of a system's objects. It is made with the first object.

import { createHash } from 'node:crypto'
import { JetStreamApiError, jetstream } from '@nats-io/jetstream'
import { type ObjectInfo, type ObjectStore, Objm } from '@nats-io/obj'
import type { Connection } from '../connect-nats.ts'
import type { Objects } from '../objects.ts'
import { bucketName } from '../subjects.ts'
import { TransportError } from '../transport-error.ts'

export interface ObjectsOptions {
  readonly connection: Connection
  /** The system's name: letters, digits, `-` and `_`. */
  readonly system: string
  /** Reading fails when nothing comes for so long. */
  readonly idleMs?: number
}

const STREAM_NOT_FOUND = 10059
const IDLE_MS = 20_000
/** Of one chunk. */
const ANSWER_MS = 20_000
/** So many chunks of 128 KiB are under way. */
const AT_ONCE = 16

/** The objects of a system. Nothing is made before the first `put`. */
export function openObjects({ connection, system, idleMs = IDLE_MS }: ObjectsOptions): Objects {
  const bucket = bucketName(system, 'objects')
  const stores = new Objm(connection.nats)
  const known = (): Promise<ObjectStore> => stores.open(bucket, false)
  return {
    async put(name, bytes) {
      const store = await stores.create(bucket)
      await store.put({ name }, ReadableStream.from(bytes), { timeout: ANSWER_MS })
    },
    async get(name) {
      const info = await orNone((await known()).info(name))
      return info && !info.deleted ? chunksOf({ connection, bucket, info, idleMs }) : undefined
    },
    async has(name) {
      const found = await orNone((await known()).info(name))
      return found !== undefined && !found.deleted
    },
    async delete(name) {
      await orNone((await known()).delete(name))
    },
    async destroy() {
      await orNone((await known()).destroy())
    },
  }
}

async function orNone<T>(asked: Promise<T | null>): Promise<T | undefined> {
  try {
    return (await asked) ?? undefined
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND) return undefined
    throw error
  }
}

interface Reading {
  readonly connection: Connection
  readonly bucket: string
  readonly info: ObjectInfo
  readonly idleMs: number
}

/**
 * The client's own reading lets the server send all at once: it is then in memory, and everything else that this
 * connection has to say waits behind it. Here the next chunks are asked for when the last ones were taken.
 */
async function* chunksOf({ connection, bucket, info, idleMs }: Reading): AsyncGenerator<Uint8Array> {
  if (info.size === 0) return
  const hash = createHash('sha256')
  const filter = `$O.${bucket}.C.${info.nuid}`
  const consumer = await jetstream(connection.nats).consumers.get(`OBJ_${bucket}`, {
    filter_subjects: filter,
  })
  const messages = await consumer.consume({ max_messages: AT_ONCE })
  const coming = messages[Symbol.asyncIterator]()
  try {
    for (let size = 0; size < info.size; ) {
      const next = await within(coming.next(), idleMs)
      if (next.done) throw new Error('it is no longer sent')
      const { data } = next.value
      size += data.length
      hash.update(data)
      yield data
      // Nothing more comes: some of it is not there.
      if (next.value.info.pending === 0 && size < info.size) throw new Error('a part of it is missing')
    }
    if (`SHA-256=${hash.digest('base64url')}` !== info.digest.replace(/=+$/, ''))
      throw new Error('its digest is another')
  } catch (error) {
    throw new TransportError('damaged', `object ${info.name} cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  } finally {
    messages.stop()
    await consumer.delete().catch(() => {})
  }
}

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`nothing came for ${ms} ms`)), ms)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
