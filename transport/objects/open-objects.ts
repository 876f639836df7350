// Objects in JetStream
//
// Owns:   the bucket of a system's objects. It is made with the first object.

import { JetStreamApiError } from '@nats-io/jetstream'
import { type ObjectStore, Objm } from '@nats-io/obj'
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
      const found = await orNone((await known()).get(name))
      return found && whole(found.data, name, idleMs)
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

/** Where chunks are missing the client may wait for ever, and a wrong digest is an error like any other. */
async function* whole(
  data: ReadableStream<Uint8Array>,
  name: string,
  idleMs: number,
): AsyncGenerator<Uint8Array> {
  const reader = data.getReader()
  try {
    for (;;) {
      const next = await within(reader.read(), idleMs)
      if (next.done) return
      yield next.value
    }
  } catch (error) {
    throw new TransportError('damaged', `object ${name} cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  } finally {
    await reader.cancel().catch(() => {})
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
